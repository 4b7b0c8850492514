import { type ElfFile, type ElfSection, EM_X86_64, SHF_ALLOC, SHF_EXECINSTR, SHT_NOBITS } from '../../engine/index.ts';

/** R_X86_64_PC32, R_X86_64_PLT32 and R_X86_64_GOTPCREL with its two relaxable kinds (psABI AMD64, table 4.9). */
const distances: ReadonlySet<number> = new Set([2, 4, 9, 41, 42]);

/** Leads out of any section of an object, and nowhere near its functions. */
const farAway = 0x4000_0000;

/**
 * The code of an object whose sections lie at `sectionAddress`, as far as following jumps asks for: distances to the same
 * section are as they will be, others lead far away instead of to the next instruction, as unrelocated ones do.
 */
export function objectCode(
  elf: ElfFile,
  sectionAddress: readonly bigint[],
): (address: bigint, size: number) => Uint8Array | undefined {
  const wanted = SHF_ALLOC | SHF_EXECINSTR;
  const pieces = elf.sections
    .filter(({ flags, type, size }) => (flags & wanted) === wanted && type !== SHT_NOBITS && size > 0)
    .map((section) => ({ address: sectionAddress[section.index]!, bytes: withDistances(elf, section) }));
  return (address, size) => {
    const end = address + BigInt(size);
    const piece = pieces.find((one) => address >= one.address && end <= one.address + BigInt(one.bytes.length));
    const offset = piece === undefined ? 0 : Number(address - piece.address);
    return piece?.bytes.subarray(offset, offset + size);
  };
}

function withDistances(elf: ElfFile, section: ElfSection): Uint8Array {
  if (elf.machine !== EM_X86_64) return section.bytes;
  const bytes = new Uint8Array(section.bytes);
  const view = new DataView(bytes.buffer);
  const symbols = elf.symbols().filter(({ table }) => table === '.symtab');
  for (const { type, offset, symbolIndex, addend } of elf.relocations(section)) {
    const at = Number(offset);
    if (!distances.has(type) || at + 4 > bytes.length) continue;
    const symbol = symbols[symbolIndex];
    const isNear = symbol?.sectionIndex === section.index;
    view.setInt32(at, isNear ? Number(symbol.value + (addend ?? 0n) - offset) : farAway, true);
  }
  return bytes;
}
