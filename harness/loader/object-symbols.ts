import { type ElfFile, type ElfSymbol, SHN_ABS, SHN_LORESERVE, SHN_UNDEF, UnwindError } from '../../engine/index.ts';
import { memoryLimit } from './pages.ts';

const SHN_COMMON = 0xfff2;
const STB_WEAK = 2;
const STT_GNU_IFUNC = 10;

/** A symbol of an object file once it is laid out. */
export interface PlacedSymbol {
  readonly name: string;
  readonly address: bigint;
  readonly size: bigint;
  readonly state: 'defined' | 'weak-undefined' | 'undefined';
}

/** The symbols relocations refer to, by their index in the symbol table. */
export function objectSymbols(elf: ElfFile): readonly ElfSymbol[] {
  return elf.symbols().filter((symbol) => symbol.table === '.symtab');
}

export function isCommon(symbol: ElfSymbol): boolean {
  return symbol.sectionIndex === SHN_COMMON;
}

/** Offsets of the common symbols in the memory set aside for them, by symbol index, and the bytes they need together. */
export function layOutCommon(symbols: readonly ElfSymbol[]): {
  readonly offsets: readonly number[];
  readonly size: number;
} {
  let size = 0;
  const offsets = symbols.map((symbol) => {
    if (!isCommon(symbol)) return 0;
    // Of a common symbol, the value is the alignment; every one gets the strictest of scalar types as well.
    const alignment = Math.max(16, Number(symbol.value));
    const offset = Math.ceil(size / alignment) * alignment;
    size = offset + Number(symbol.size);
    if (size > memoryLimit) {
      const expectation = `common symbol '${symbol.name}' must leave the image within ${memoryLimit} bytes`;
      throw new UnwindError('invalid', '.symtab', -1, expectation);
    }
    return offset;
  });
  return { offsets, size };
}

/** Where a symbol ended up. `common` is the address of its memory where it is a common symbol. */
export function placeSymbol(
  symbol: ElfSymbol,
  sectionAddress: readonly bigint[],
  common: bigint,
  got: bigint,
): PlacedSymbol {
  const { name, size, value, sectionIndex } = symbol;
  const defined = (address: bigint): PlacedSymbol => ({ name, address, size, state: 'defined' });
  if (isCommon(symbol)) return defined(common);
  if (sectionIndex === SHN_ABS) return defined(value);
  if (sectionIndex === SHN_UNDEF) {
    // The one symbol a linker defines that compilers name by themselves (psABI, "Global Offset Table").
    if (name === '_GLOBAL_OFFSET_TABLE_') return defined(got);
    return { name, address: 0n, size, state: symbol.binding === STB_WEAK ? 'weak-undefined' : 'undefined' };
  }
  const section = sectionAddress[sectionIndex];
  if (section === undefined || sectionIndex >= SHN_LORESERVE) {
    throw new UnwindError('invalid', '.symtab', -1, `symbol '${name}' must be in a section, not ${sectionIndex}`);
  }
  if (symbol.type === STT_GNU_IFUNC) {
    throw new UnwindError('unsupported', '.symtab', -1, `symbol '${name}' is an indirect function (STT_GNU_IFUNC)`);
  }
  return defined(section + value);
}
