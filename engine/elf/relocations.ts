import { SHF_ALLOC, SHT_REL, SHT_RELA } from './constants.ts';
import type { ElfRelocation, ElfSection } from './file.ts';
import { checkEntries } from './symbols.ts';

const REL_SIZE = 16;
const RELA_SIZE = 24;

function isRelocationSection(section: ElfSection): boolean {
  return section.type === SHT_RELA || section.type === SHT_REL;
}

function readEntries(section: ElfSection): ElfRelocation[] {
  const hasAddend = section.type === SHT_RELA;
  const size = hasAddend ? RELA_SIZE : REL_SIZE;
  checkEntries(section, size);
  const { bytes } = section;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const relocations: ElfRelocation[] = [];
  for (let at = 0; at < bytes.length; at += size) {
    relocations.push({
      offset: view.getBigUint64(at, true),
      type: view.getUint32(at + 8, true),
      symbolIndex: view.getUint32(at + 12, true),
      addend: hasAddend ? view.getBigInt64(at + 16, true) : undefined,
    });
  }
  return relocations;
}

/** An entry that says only where an address lies and what it is. */
export interface RelativeRelocation {
  readonly offset: bigint;
  readonly addend: bigint;
}

/**
 * The entries of one type in a `SHT_RELA` section that apply to addresses from `start` to `end`, exclusive. Libraries have
 * hundreds of thousands of entries, and hardly one of them here: the others cost a comparison of numbers.
 */
export function relocationsWithin(
  section: ElfSection,
  type: number,
  start: bigint,
  end: bigint,
): readonly RelativeRelocation[] {
  if (section.type !== SHT_RELA) return [];
  checkEntries(section, RELA_SIZE);
  const { bytes } = section;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const firstHi = Number(start >> 32n);
  const firstLo = Number(start & 0xffffffffn);
  const lastHi = Number(end >> 32n);
  const lastLo = Number(end & 0xffffffffn);
  const found: RelativeRelocation[] = [];
  for (let at = 0; at < bytes.length; at += RELA_SIZE) {
    const hi = view.getUint32(at + 4, true);
    if (view.getUint32(at + 8, true) !== type || hi < firstHi || hi > lastHi) continue;
    const lo = view.getUint32(at, true);
    if ((hi === firstHi && lo < firstLo) || (hi === lastHi && lo >= lastLo)) continue;
    found.push({ offset: view.getBigUint64(at, true), addend: view.getBigInt64(at + 16, true) });
  }
  return found;
}

/** See `ElfFile.relocations`. */
export function readRelocations(sections: readonly ElfSection[], section: ElfSection): readonly ElfRelocation[] {
  if (isRelocationSection(section)) return readEntries(section);
  // The loaded `.rela.dyn` and `.rela.plt` of linked files use sh_info for other things, or not at all.
  return sections
    .filter((s) => isRelocationSection(s) && s.info === section.index && (s.flags & SHF_ALLOC) === 0)
    .flatMap(readEntries);
}
