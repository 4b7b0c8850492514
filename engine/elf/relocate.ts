import { UnwindError } from '../errors.ts';
import { EM_X86_64, ET_REL, SHN_ABS, SHN_LORESERVE, SHN_UNDEF } from './constants.ts';
import type { ElfFile, ElfRelocation, ElfSection, ElfSymbol } from './file.ts';

/** What relocations of data do: write so many bytes, of an address or of its distance from the place. */
interface DataRelocation {
  readonly size: 4 | 8;
  readonly relative: boolean;
}

/** psABI AMD64, table 4.9: R_X86_64_64, R_X86_64_PC32, R_X86_64_32, R_X86_64_32S, R_X86_64_PC64. */
const x86_64Relocations: Readonly<Record<number, DataRelocation>> = {
  1: { size: 8, relative: false },
  2: { size: 4, relative: true },
  10: { size: 4, relative: false },
  11: { size: 4, relative: false },
  24: { size: 8, relative: true },
};

/** aaelf64, "Data relocations": R_AARCH64_ABS64, R_AARCH64_ABS32, R_AARCH64_PREL64, R_AARCH64_PREL32. */
const aarch64Relocations: Readonly<Record<number, DataRelocation>> = {
  257: { size: 8, relative: false },
  258: { size: 4, relative: false },
  260: { size: 8, relative: true },
  261: { size: 4, relative: true },
};

const R_X86_64_RELATIVE = 8;
const R_AARCH64_RELATIVE = 1027;

/** `R_*_NONE` of both architectures. */
const R_NONE = 0;

class Writer {
  readonly section: ElfSection;
  readonly bytes: Uint8Array;
  readonly #view: DataView;

  constructor(section: ElfSection) {
    this.section = section;
    // Not `slice`, which copies nothing where the file's bytes are a Buffer of Node.js.
    this.bytes = new Uint8Array(section.bytes);
    this.#view = new DataView(this.bytes.buffer);
  }

  check(offset: bigint, size: number): number {
    if (offset + BigInt(size) > BigInt(this.bytes.length)) {
      const at = Number(offset);
      throw new UnwindError('invalid', this.section.name, at, 'expected a relocation inside the section');
    }
    return Number(offset);
  }

  read(offset: number, size: number): bigint {
    return size === 8 ? this.#view.getBigInt64(offset, true) : BigInt(this.#view.getInt32(offset, true));
  }

  write(offset: number, size: number, value: bigint): void {
    if (size === 8) this.#view.setBigUint64(offset, BigInt.asUintN(64, value), true);
    else this.#view.setUint32(offset, Number(BigInt.asUintN(32, value)), true);
  }
}

/** The address of a symbol of an object file, or undefined where it is defined elsewhere. */
function symbolAddress(symbol: ElfSymbol, sectionAddress: readonly bigint[]): bigint | undefined {
  if (symbol.sectionIndex === SHN_ABS) return symbol.value;
  if (symbol.sectionIndex === SHN_UNDEF || symbol.sectionIndex >= SHN_LORESERVE) return undefined;
  return (sectionAddress[symbol.sectionIndex] ?? 0n) + symbol.value;
}

function relocateObject(elf: ElfFile, section: ElfSection, sectionAddress: readonly bigint[]): Uint8Array {
  const known = elf.machine === EM_X86_64 ? x86_64Relocations : aarch64Relocations;
  const symbols = elf.symbols().filter((symbol) => symbol.table === '.symtab');
  const writer = new Writer(section);
  const apply = (relocation: ElfRelocation): void => {
    if (relocation.type === R_NONE) return;
    const kind = known[relocation.type];
    if (kind === undefined) {
      const expectation = `expected a relocation of data, found type ${relocation.type}`;
      throw new UnwindError('unsupported', section.name, Number(relocation.offset), expectation);
    }
    const at = writer.check(relocation.offset, kind.size);
    const symbol = symbols[relocation.symbolIndex];
    if (symbol === undefined) throw new UnwindError('invalid', section.name, at, 'expected a symbol that exists');
    const target = symbolAddress(symbol, sectionAddress);
    // Only personality routines are defined elsewhere, and unwinding does not need them.
    if (target === undefined) return;
    const addend = relocation.addend ?? writer.read(at, kind.size);
    const place = kind.relative ? (sectionAddress[section.index] ?? 0n) + BigInt(at) : 0n;
    writer.write(at, kind.size, target + addend - place);
  };
  for (const relocation of elf.relocations(section)) apply(relocation);
  return writer.bytes;
}

/** Stores the link-time addresses that `R_*_RELATIVE` keeps only in its addend. */
function storeRelativeAddends(elf: ElfFile, section: ElfSection): Uint8Array {
  const dynamic = elf.section('.rela.dyn');
  if (dynamic === undefined || section.address === 0n) return section.bytes;
  const relative = elf.machine === EM_X86_64 ? R_X86_64_RELATIVE : R_AARCH64_RELATIVE;
  const end = section.address + BigInt(section.size);
  const inside = elf
    .relocations(dynamic)
    .filter((entry) => entry.type === relative && entry.offset >= section.address && entry.offset < end);
  if (inside.length === 0) return section.bytes;
  const writer = new Writer(section);
  for (const { offset, addend } of inside) {
    if (addend !== undefined) writer.write(writer.check(offset - section.address, 8), 8, addend);
  }
  return writer.bytes;
}

/**
 * The bytes of a section of call frame information with its relocations applied: those of an object file for sections
 * at `sectionAddress`; of a linked file so that absolute addresses are the link-time ones. Nothing is copied where
 * nothing is to be done. Throws `UnwindError` where a relocation is invalid or of a kind that data does not use.
 */
export function relocatedBytes(elf: ElfFile, section: ElfSection, sectionAddress: readonly bigint[]): Uint8Array {
  return elf.type === ET_REL ? relocateObject(elf, section, sectionAddress) : storeRelativeAddends(elf, section);
}
