import { FrameSection, type FrameSectionKind, HeaderRowSource, ListRowSource } from '../dwarf/index.ts';
import { compactEncodings } from '../elf-compact/encodings.ts';
import type { Encoding } from '../encoding/encoding.ts';
import { UnwindError } from '../errors.ts';
import type { Memory } from '../memory.ts';
import { Module } from '../module.ts';
import type { RowSource } from '../row/source.ts';
import { ET_REL, PT_LOAD, SHF_ALLOC } from './constants.ts';
import type { ElfFile } from './file.ts';
import { findFrameSection, findHeader, type Placement, placedAddress } from './frame-sections.ts';
import { openEncoded } from './open-encoded.ts';
import { findUnwindNote } from './unwind-note.ts';

export interface ElfModuleOptions {
  readonly name: string;
  /** Added to every address of the file. */
  readonly loadBias: bigint;
  /** Of an object file: where each section was laid out, by section index; 0n where it is not loaded. */
  readonly sectionAddress?: readonly bigint[];
  /** How FDEs are found: through the table of `.eh_frame_hdr`, or through a sorted list made by a scan. */
  readonly lookup: 'header' | 'list';
  /** The only section to use. Without it, the header's lookup uses `.eh_frame`, the list `.eh_frame` and `.debug_frame`. */
  readonly section?: FrameSectionKind;
  /** What a note may name; without it, the compact encodings. */
  readonly encodings?: readonly Encoding[];
  /** Where function addresses are read that the section gives indirectly; without it, such FDEs are unsupported. */
  readonly memory?: Memory;
}

/** The addresses a file occupies: its loadable segments or, where it has none, its loaded sections. */
function moduleRange(elf: ElfFile, placement: Placement): [start: bigint, end: bigint] {
  const segments = elf.segments
    .filter(({ type, memorySize }) => type === PT_LOAD && memorySize > 0)
    .map(({ address, memorySize }) => [address + placement.loadBias, memorySize] as const);
  const sections = elf.sections
    .filter(({ flags, size }) => (flags & SHF_ALLOC) !== 0 && size > 0)
    .map((section) => [placedAddress(elf, section, placement), section.size] as const)
    .filter(([address]) => elf.type !== ET_REL || address !== 0n);
  let start: bigint | undefined;
  let end = 0n;
  for (const [address, size] of segments.length > 0 ? segments : sections) {
    const first = BigInt.asUintN(64, address);
    if (start === undefined || first < start) start = first;
    if (first + BigInt(size) > end) end = first + BigInt(size);
  }
  return [start ?? 0n, end];
}

function missing(section: string): UnwindError {
  return new UnwindError('missing', section, -1, 'expected the file to have this section');
}

/**
 * Opens the call frame information of an ELF file that lies in the unwound program's memory. Where a note names a compact
 * encoding of it (see `UnwindNote`), and no section is asked for, that is opened. Throws `UnwindError`:
 * `missing` where a section that was asked for is absent, `unsupported` where it is compressed, `invalid` where its
 * relocations are. What is wrong with single entries shows when they are looked up.
 */
export function openElfModule(elf: ElfFile, options: ElfModuleOptions): Module {
  const { architecture } = elf;
  const placement: Placement = { loadBias: options.loadBias, sectionAddress: options.sectionAddress ?? [] };
  const address = (name: string): bigint | undefined => {
    const section = elf.section(name);
    return section === undefined ? undefined : placedAddress(elf, section, placement);
  };
  const textBase = address('.text');
  // What DT_PLTGOT names: `.got.plt` where there is one.
  const dataBase = address('.got.plt') ?? address('.got');
  const open = (kind: FrameSectionKind): FrameSection | undefined => {
    const section = findFrameSection(elf, kind, placement);
    if (section === undefined) return undefined;
    return new FrameSection({
      kind,
      section,
      architecture,
      ...(elf.type === ET_REL ? {} : { loadBias: options.loadBias }),
      ...(textBase === undefined ? {} : { textBase }),
      ...(dataBase === undefined ? {} : { dataBase }),
      ...(options.memory === undefined ? {} : { memory: options.memory }),
    });
  };
  const openRequired = (kind: FrameSectionKind): FrameSection => {
    const section = open(kind);
    if (section === undefined) throw missing(kind);
    return section;
  };

  const note = options.section === undefined ? findUnwindNote(elf) : undefined;
  let source: RowSource;
  if (note !== undefined) {
    source = openEncoded(elf, note, options.encodings ?? compactEncodings, options.loadBias);
  } else if (options.lookup === 'header') {
    const header = findHeader(elf, placement);
    if (header === undefined || options.section === '.debug_frame') throw missing('.eh_frame_hdr');
    source = new HeaderRowSource(header, openRequired('.eh_frame'));
  } else if (options.section !== undefined) {
    source = new ListRowSource([openRequired(options.section)]);
  } else {
    const sections = [open('.eh_frame'), open('.debug_frame')];
    source = new ListRowSource(sections.filter((section) => section !== undefined));
  }
  const [start, end] = moduleRange(elf, placement);
  return new Module(options.name, architecture, start, end, source);
}
