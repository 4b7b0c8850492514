import type { ArchitectureName } from '../../engine/architecture/index.ts';
import { ByteWriter } from '../byte-writer.ts';
import type { Fde } from './fde.ts';
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
const alignment = 8;

/**
 * Writes the CIEs and FDEs of a section; FDEs with equal CIE options share a CIE, which stands before the first of them
 * or, with `ciesLast`, behind all.
 */
export function writeFrameSection(
  section: FrameSectionName,
  fdes: readonly Fde[],
  context: FrameSectionContext,
  ciesLast: boolean,
): FrameSection {
  const writer = new ByteWriter();
  const cies = new Map<string, { cie: Cie; offset: number; pointers: { offset: number; size: number }[] }>();
  const written: WrittenFde[] = [];
  for (const fde of fdes) {
    const cie = resolveCie(fde.cie, context.architecture, section);
    const key = JSON.stringify(cie, (_, value) => (value instanceof Uint8Array ? Array.from(value) : value));
    let entry = cies.get(key);
    if (entry === undefined) {
      entry = { cie, offset: -1, pointers: [] };
      cies.set(key, entry);
      if (!ciesLast) entry.offset = writeEntry(writer, cie.format, () => writeCie(writer, section, cie, context));
    }
    let pointer = 0;
    const offset = writeEntry(writer, cie.format, () => {
      pointer = writer.length;
      writeFde(writer, section, fde, cie, context);
    });
    entry.pointers.push({ offset: pointer, size: section === '.debug_frame' && cie.format === 64 ? 8 : 4 });
    written.push({ start: fde.start, size: fde.size, offset });
  }
  for (const entry of cies.values()) {
    const { cie } = entry;
    if (ciesLast) entry.offset = writeEntry(writer, cie.format, () => writeCie(writer, section, cie, context));
    for (const { offset, size } of entry.pointers) {
      // .eh_frame counts back from the field itself, .debug_frame from the start of the section.
      const value = section === '.eh_frame' ? offset - entry.offset : entry.offset;
      writer.patch(offset, BigInt(value), size);
    }
  }
  if (section === '.eh_frame') writer.u32(0);
  return { bytes: writer.finish(), fdes: written };
}

/** Writes the length field, the content and the padding of `DW_CFA_nop`; returns the entry's offset. */
function writeEntry(writer: ByteWriter, format: 32 | 64, content: () => void): number {
  const start = writer.length;
  if (format === 64) writer.u32(0xffff_ffff);
  const size = format === 64 ? 8 : 4;
  writer.integer(0n, size);
  const body = writer.length;
  content();
  writer.align(alignment);
  writer.patch(body - size, BigInt(writer.length - body), size);
  return start;
}
