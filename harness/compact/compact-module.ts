import { EntryHeader } from '../../engine/dwarf/entry-header.ts';
import { findHeader } from '../../engine/elf/frame-sections.ts';
import { findUnwindNote } from '../../engine/elf/unwind-note.ts';
import {
  codeBytes,
  dwarfEncoding,
  type ElfFile,
  ET_REL,
  type FrameSection,
  ListRowSource,
  openElfModule,
  SHF_ALLOC,
  SHN_ABS,
  SHN_UNDEF,
  UnwindError,
} from '../../engine/index.ts';
import { alignUp } from '../loader/object-layout.ts';
import { objectCode } from './object-code.ts';

/** The unwind information of a file that is to be encoded. */
export interface CompactModule {
  readonly frames: FrameSection;
  readonly source: ListRowSource;
  /** Where what is made of it is to lie: in place of what is there. */
  readonly address: bigint;
  /** Bytes of what it takes the place of, by section. */
  readonly original: Readonly<Record<string, number>>;
  readonly code: (address: bigint, size: number) => Uint8Array | undefined;
}

/** Sections that are made lie at multiples of this. */
const alignment = 16n;
/** An object's sections are laid out from here on. */
const objectBase = 0x10_0000n;

/** Opens the `.eh_frame` of a linked file or object; undefined where it has none. Throws `UnwindError` where it is unusable. */
export function openCompactModule(elf: ElfFile): CompactModule | undefined {
  const isObject = elf.type === ET_REL;
  const sectionAddress = isObject ? layOut(elf) : [];
  const resolved = isObject ? withSymbolsOfOthers(elf) : elf;
  const placement = { loadBias: 0n, sectionAddress };
  if (isObject && elf.section('.eh_frame') === undefined) return undefined;
  const note = findUnwindNote(elf);
  if (note !== undefined && note.encoding !== dwarfEncoding.name) {
    throw new UnwindError('unsupported', 'unwind sections', -1, `expected DWARF, found the encoding ${note.encoding}`);
  }
  const frames = openFrames(resolved, sectionAddress);
  if (frames === undefined) return undefined;
  const header = isObject ? undefined : findHeader(elf, placement);
  const address = (header?.address ?? frames.section.address) & -alignment;
  const original = {
    ...(header === undefined ? {} : { '.eh_frame_hdr': header.bytes.length }),
    '.eh_frame': usedBytes(frames),
  };
  const code = isObject ? objectCode(elf, sectionAddress) : codeBytes(elf, placement);
  return { frames, source: new ListRowSource([frames]), address, original, code };
}

function openFrames(elf: ElfFile, sectionAddress: readonly bigint[]): FrameSection | undefined {
  try {
    const { source } = openElfModule(elf, {
      name: '',
      loadBias: 0n,
      sectionAddress,
      lookup: 'list',
      section: '.eh_frame',
    });
    return source instanceof ListRowSource ? source.sections[0] : undefined;
  } catch (error) {
    if (error instanceof UnwindError && error.kind === 'missing') return undefined;
    throw error;
  }
}

/** Gives every section that would be loaded an address of its own. */
function layOut(elf: ElfFile): bigint[] {
  let next = objectBase;
  return elf.sections.map(({ flags, size, alignment: needed }) => {
    if ((flags & SHF_ALLOC) === 0) return 0n;
    const step = BigInt(Math.max(16, needed));
    const address = alignUp(next, step);
    next = address + BigInt(size);
    return address;
  });
}

/** The same object, with an address for what others define: pointers to that are no null pointers. */
function withSymbolsOfOthers(elf: ElfFile): ElfFile {
  const symbols = elf.symbols().map((symbol) => {
    const isOfOthers = symbol.sectionIndex === SHN_UNDEF && symbol.name !== '';
    return isOfOthers ? { ...symbol, sectionIndex: SHN_ABS, value: objectBase / 2n } : symbol;
  });
  return Object.assign(Object.create(elf) as ElfFile, { symbols: () => symbols });
}

/** Bytes up to the terminator and with it: behind it, a section found without section headers goes on with others. */
function usedBytes(frames: FrameSection): number {
  const { length } = frames.section.bytes;
  const header = new EntryHeader();
  try {
    for (let at = 0; at < length; at = header.end) {
      frames.readHeader(at, header);
      if (header.kind === 'terminator') return header.end;
    }
  } catch (error) {
    if (!(error instanceof UnwindError)) throw error;
  }
  return length;
}
