import type { ArchitectureName } from '../../engine/architecture/index.ts';
import { ByteWriter } from '../byte-writer.ts';
import type { Fde } from './fde.ts';
import type { FrameLayout } from './frame-layout.ts';
import type { PointerContext } from './pointer.ts';
import { type Cie, type FrameSectionName, resolveCie } from './resolve-cie.ts';
import { writeCie } from './write-cie.ts';
import { writeFde } from './write-fde.ts';

/** Where a section with call frame information lies and what it refers to. */
export interface FrameSectionContext extends PointerContext {
  readonly architecture: ArchitectureName;
  /** Address of a label; throws an Error where there is none. */
  addressOf(label: string): bigint;
}

/** An FDE and where it was written. */
export interface WrittenFde {
  readonly start: bigint;
  readonly size: number;
  /** Offset of its length field from the start of the section. */
  readonly offset: number;
}

export interface FrameSection {
  readonly bytes: Uint8Array;
  /** In the order written. */
  readonly fdes: readonly WrittenFde[];
}

/** Alignment of CIEs and FDEs: the size of an address. */
const usualAlignment = 8;

interface WrittenCie {
  readonly cie: Cie;
  offset: number;
  readonly pointers: { readonly offset: number; readonly size: number }[];
}

/**
 * Writes the CIEs and FDEs of a section; FDEs with equal CIE options share a CIE, which stands before the first of them,
 * unless the layout wants it otherwise. Stale FDEs stand behind the terminator of `.eh_frame`, and nowhere else.
 */
export function writeFrameSection(
  section: FrameSectionName,
  fdes: readonly Fde[],
  context: FrameSectionContext,
  layout: FrameLayout,
): FrameSection {
  const { ciesLast = false, zeroWords = 0, strays = [] } = layout;
  const writer = new ByteWriter();
  const cies = new Map<string, WrittenCie>();
  const written: WrittenFde[] = [];
  const add = (fde: Fde): WrittenFde => {
    const cie = resolveCie(fde.cie, context.architecture, section);
    const entry = cieFor(cie, cies, layout);
    const own = () => writeCie(writer, section, cie, context);
    if (entry.offset < 0 && !ciesLast) entry.offset = writeEntry(writer, cie.format, layout, own);
    let pointer = 0;
    const offset = writeEntry(writer, cie.format, layout, () => {
      pointer = writer.length;
      writeFde(writer, section, fde, cie, context);
    });
    entry.pointers.push({ offset: pointer, size: section === '.debug_frame' && cie.format === 64 ? 8 : 4 });
    return { start: fde.start, size: fde.size, offset };
  };
  const live = fdes.filter(({ stale }) => !stale);
  for (const [i, fde] of (layout.descending ? live.toReversed() : live).entries()) {
    written.push(add(fde));
    for (let word = 0; word < zeroWords; word++) writer.u32(0);
    const stray = strays[i];
    if (stray !== undefined) writeEntry(writer, 32, layout, () => writer.bytes(stray));
  }
  if (section === '.eh_frame' && layout.terminator !== false) writer.u32(0);
  if (section === '.eh_frame') for (const fde of fdes) if (fde.stale) add(fde);
  for (const { cie, offset, pointers } of cies.values()) {
    const at =
      offset < 0 ? writeEntry(writer, cie.format, layout, () => writeCie(writer, section, cie, context)) : offset;
    for (const pointer of pointers) {
      // .eh_frame counts back from the field itself, .debug_frame from the start of the section.
      const value = section === '.eh_frame' ? pointer.offset - at : at;
      writer.patch(pointer.offset, BigInt(value), pointer.size);
    }
  }
  return { bytes: writer.finish(), fdes: layout.descending ? written.reverse() : written };
}

/** The CIE an FDE is to use, perhaps not written yet. */
function cieFor(cie: Cie, cies: Map<string, WrittenCie>, { privateCies = false }: FrameLayout): WrittenCie {
  const text = JSON.stringify(cie, (_, value) => (value instanceof Uint8Array ? Array.from(value) : value));
  const key = privateCies ? `${cies.size} ${text}` : text;
  const entry = cies.get(key) ?? { cie, offset: -1, pointers: [] };
  cies.set(key, entry);
  return entry;
}

/** Writes the length field, the content and the padding of `DW_CFA_nop`; returns the entry's offset. */
function writeEntry(writer: ByteWriter, format: 32 | 64, layout: FrameLayout, content: () => void): number {
  const start = writer.length;
  if (format === 64) writer.u32(0xffff_ffff);
  const size = format === 64 ? 8 : 4;
  writer.integer(0n, size);
  const body = writer.length;
  content();
  writer.bytes(new Uint8Array(layout.extraNops ?? 0));
  writer.align(layout.alignment ?? usualAlignment);
  writer.patch(body - size, BigInt(writer.length - body), size);
  return start;
}
