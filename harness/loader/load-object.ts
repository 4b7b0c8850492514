import {
  type ElfFile,
  type ElfRelocation,
  type ElfSection,
  ET_EXEC,
  readElf,
  SHF_ALLOC,
  SHF_COMPRESSED,
  SHF_EXECINSTR,
  SHF_WRITE,
  SHN_ABS,
  SHN_UNDEF,
  SHT_NOBITS,
  SHT_RELA,
  UnwindError,
} from '../../engine/index.ts';
import type { LoadedImage } from './image.ts';
import { layOutObject } from './object-layout.ts';
import { isCommon, layOutCommon, objectSymbols, type PlacedSymbol, placeSymbol } from './object-symbols.ts';
import { mapRegions, type Region, viewOf } from './pages.ts';
import { type RelocationArchitecture, relocationsOf, typeName } from './relocation/index.ts';

const elfHeaderType = 16;
const elfHeaderSectionOffset = 40;
const sectionHeaderSize = 64;
const symbolSize = 24;
const slotSize = 8;

/**
 * Loads an `ET_REL` file: lays its sections out from `base` on, gives it a global offset table, and applies its relocations. The module's
 * `elf` is then the linked file – addresses in section headers and symbols, relocated contents, `ET_EXEC` – so that
 * whoever reads it needs to know nothing of object files; `.debug_frame` is relocated there too.
 * Calls need no veneers: an image is smaller than the reach of every call instruction.
 */
export function loadObject(elf: ElfFile, file: Uint8Array, name: string, base: bigint): LoadedImage {
  const architecture = relocationsOf(elf.architecture);
  const symbols = objectSymbols(elf);
  const targets = elf.sections.filter(isRelocated);
  const slots = slotIndices(elf, targets, architecture);
  const common = layOutCommon(symbols);
  const gotSize = slots.size * slotSize;
  const layout = layOutObject(elf, base, gotSize);
  const placed = symbols.map((symbol, index) =>
    placeSymbol(symbol, layout.sectionAddress, layout.common + BigInt(common.offsets[index]!), layout.got),
  );
  const linked = file.slice();
  const got = new Uint8Array(gotSize);
  for (const [symbolIndex, slot] of slots) {
    viewOf(got).setBigUint64(slot * slotSize, BigInt.asUintN(64, placed[symbolIndex]?.address ?? 0n), true);
  }
  for (const section of targets) {
    const address = layout.sectionAddress[section.index]!;
    const view = viewOf(contents(section, linked));
    for (const relocation of elf.relocations(section)) {
      const symbol = resolve(section, relocation, placed, architecture);
      const slot = slots.get(relocation.symbolIndex);
      architecture.apply({
        type: relocation.type,
        symbol: symbol.address,
        symbolSize: symbol.size,
        weakUndefined: symbol.state === 'weak-undefined',
        addend: relocation.addend ?? 0n,
        place: address + relocation.offset,
        slot: slot === undefined ? 0n : layout.got + BigInt(slot * slotSize),
        got: layout.got,
        view,
        offset: Number(relocation.offset),
        section: section.name,
      });
    }
  }
  writeAddresses(elf, linked, layout.sectionAddress, placed);
  const regions = elf.sections
    .filter((section) => (section.flags & SHF_ALLOC) !== 0)
    .map((section) => sectionRegion(section, layout.sectionAddress[section.index]!, linked));
  regions.push(dataRegion(layout.got, got, gotSize, false));
  regions.push(dataRegion(layout.common, new Uint8Array(0), common.size, true));
  return {
    architecture: elf.architecture,
    modules: [{ name, elf: readElf(linked), loadBias: 0n, sectionAddress: layout.sectionAddress }],
    segments: mapRegions(regions, name),
  };
}

/** What executes or is read by an unwinder is relocated; other debug information is not needed. */
function isRelocated(section: ElfSection): boolean {
  if (section.type === SHT_NOBITS) return false;
  if ((section.flags & SHF_ALLOC) !== 0) return true;
  return section.name === '.debug_frame' && (section.flags & SHF_COMPRESSED) === 0;
}

/** Symbol index → number of its slot in the global offset table. */
function slotIndices(
  elf: ElfFile,
  sections: readonly ElfSection[],
  architecture: RelocationArchitecture,
): ReadonlyMap<number, number> {
  const slots = new Map<number, number>();
  for (const section of sections) {
    for (const { type, symbolIndex } of elf.relocations(section)) {
      if (architecture.usesSlot(type) && !slots.has(symbolIndex)) slots.set(symbolIndex, slots.size);
    }
  }
  return slots;
}

function resolve(
  section: ElfSection,
  relocation: ElfRelocation,
  placed: readonly PlacedSymbol[],
  architecture: RelocationArchitecture,
): PlacedSymbol {
  const fail = (kind: 'invalid' | 'missing' | 'unsupported', expectation: string): never => {
    const named = `${typeName(architecture, relocation.type)}: ${expectation}`;
    throw new UnwindError(kind, section.name, Number(relocation.offset), named);
  };
  if (relocation.offset > BigInt(section.size)) return fail('invalid', 'must apply to a place in the section');
  if (relocation.addend === undefined) {
    return fail('unsupported', `relocations must carry their addends (section type ${SHT_RELA})`);
  }
  const symbol = placed[relocation.symbolIndex];
  if (symbol === undefined) return fail('invalid', `symbol ${relocation.symbolIndex} must be in the symbol table`);
  if (symbol.state === 'undefined' && relocation.symbolIndex !== SHN_UNDEF) {
    return fail('missing', `symbol '${symbol.name}' must be defined in the file itself (ld -r joins object files)`);
  }
  return symbol;
}

function contents(section: ElfSection, file: Uint8Array): Uint8Array {
  return section.type === SHT_NOBITS ? new Uint8Array(0) : file.subarray(section.offset, section.offset + section.size);
}

function sectionRegion(section: ElfSection, address: bigint, file: Uint8Array): Region {
  return {
    address,
    size: section.size,
    bytes: contents(section, file),
    readable: true,
    writable: (section.flags & SHF_WRITE) !== 0,
    executable: (section.flags & SHF_EXECINSTR) !== 0,
  };
}

function dataRegion(address: bigint, bytes: Uint8Array, size: number, writable: boolean): Region {
  return { address, size, bytes, readable: true, writable, executable: false };
}

/** Turns the file into a linked one: its type, the addresses of its sections, the values of its symbols. */
function writeAddresses(
  elf: ElfFile,
  file: Uint8Array,
  sectionAddress: readonly bigint[],
  placed: readonly PlacedSymbol[],
): void {
  const view = viewOf(file);
  view.setUint16(elfHeaderType, ET_EXEC, true);
  const headers = Number(view.getBigUint64(elfHeaderSectionOffset, true));
  for (const section of elf.sections) {
    view.setBigUint64(headers + section.index * sectionHeaderSize + 16, sectionAddress[section.index]!, true);
  }
  const symtab = elf.sections.find((section) => section.name === '.symtab');
  if (symtab === undefined) return;
  objectSymbols(elf).forEach((symbol, index) => {
    const offset = symtab.offset + index * symbolSize;
    view.setBigUint64(offset + 8, BigInt.asUintN(64, placed[index]!.address), true);
    if (isCommon(symbol)) view.setUint16(offset + 6, SHN_ABS, true);
  });
}
