import { FrameHeader, type FrameSectionKind, type SectionBytes } from '../dwarf/index.ts';
import { ET_REL, PT_GNU_EH_FRAME, PT_LOAD } from './constants.ts';
import type { ElfFile, ElfSection } from './file.ts';
import { relocatedBytes } from './relocate.ts';

/** Where a file's sections lie in the unwound program. */
export interface Placement {
  readonly loadBias: bigint;
  /** Of an object file: by section index. */
  readonly sectionAddress: readonly bigint[];
}

/** The address of a section in the unwound program. */
export function placedAddress(elf: ElfFile, section: ElfSection, placement: Placement): bigint {
  if (elf.type === ET_REL) return placement.sectionAddress[section.index] ?? 0n;
  return BigInt.asUintN(64, section.address + placement.loadBias);
}

function sectionBytes(elf: ElfFile, section: ElfSection, placement: Placement): SectionBytes {
  return {
    address: placedAddress(elf, section, placement),
    bytes: relocatedBytes(elf, section, placement.sectionAddress),
  };
}

/** `.eh_frame_hdr`, by its section or by its program header, which outlives the section headers. */
export function findHeader(elf: ElfFile, placement: Placement): SectionBytes | undefined {
  const section = elf.section('.eh_frame_hdr');
  if (section !== undefined) return sectionBytes(elf, section, placement);
  const segment = elf.segments.find(({ type }) => type === PT_GNU_EH_FRAME);
  if (segment === undefined) return undefined;
  return { address: BigInt.asUintN(64, segment.address + placement.loadBias), bytes: segment.bytes };
}

/** What is loaded from the address the header names: `.eh_frame` up to the end of its segment. */
function findThroughHeader(elf: ElfFile, placement: Placement): SectionBytes | undefined {
  const header = findHeader(elf, placement);
  if (header === undefined) return undefined;
  const address = new FrameHeader(header).ehFrame;
  if (address === undefined) return undefined;
  const linked = BigInt.asUintN(64, address - placement.loadBias);
  const inSegment = (start: bigint, size: number): boolean => linked >= start && linked < start + BigInt(size);
  const segment = elf.segments.find((s) => s.type === PT_LOAD && inSegment(s.address, s.fileSize));
  if (segment === undefined) return undefined;
  return { address, bytes: segment.bytes.subarray(Number(linked - segment.address)) };
}

/**
 * A section of call frame information with its relocations applied; `.eh_frame` is also found without section headers,
 * through `PT_GNU_EH_FRAME`. Undefined where the file has none. Throws `UnwindError` where it is compressed, or where
 * its relocations or the header that leads to it are unusable.
 */
export function findFrameSection(elf: ElfFile, kind: FrameSectionKind, placement: Placement): SectionBytes | undefined {
  const section = elf.section(kind);
  if (section !== undefined) return sectionBytes(elf, section, placement);
  return kind === '.eh_frame' ? findThroughHeader(elf, placement) : undefined;
}
