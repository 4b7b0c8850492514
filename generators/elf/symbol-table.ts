import { ByteWriter } from '../byte-writer.ts';
import { SHN_ABS, STB_GLOBAL, STB_LOCAL, STT_FUNC, STT_NOTYPE, STT_OBJECT } from './constants.ts';
import type { ElfSection, ElfSymbol } from './types.ts';

/** The content of `.symtab` and `.strtab`. */
export interface SymbolTable {
  readonly symbols: Uint8Array;
  readonly strings: Uint8Array;
  /** Number of local symbols, which come first: `sh_info`. */
  readonly localCount: number;
}

export const symbolSize = 24;

/** Writes the symbols; `sections` begin with section index 1. */
export function writeSymbolTable(symbols: readonly ElfSymbol[], sections: readonly ElfSection[]): SymbolTable {
  const writer = new ByteWriter();
  const strings = new ByteWriter();
  strings.u8(0);
  writer.bytes(new Uint8Array(symbolSize));
  const local = symbols.filter(({ kind }) => kind === 'mapping');
  for (const symbol of [...local, ...symbols.filter(({ kind }) => kind !== 'mapping')]) {
    const { name, kind, address, size } = symbol;
    const type = kind === 'function' ? STT_FUNC : kind === 'object' ? STT_OBJECT : STT_NOTYPE;
    writer.u32(strings.length);
    strings.string(name);
    writer.u8(((kind === 'mapping' ? STB_LOCAL : STB_GLOBAL) << 4) | type);
    writer.u8(0);
    writer.u16(sectionIndex(address, sections));
    writer.u64(address);
    writer.u64(BigInt(size));
  }
  return { symbols: writer.finish(), strings: strings.finish(), localCount: local.length + 1 };
}

function sectionIndex(address: bigint, sections: readonly ElfSection[]): number {
  const index = sections.findIndex(
    (section) =>
      section.access !== 'none' &&
      address >= section.address &&
      address < section.address + BigInt(section.bytes.length),
  );
  return index < 0 ? SHN_ABS : index + 1;
}
