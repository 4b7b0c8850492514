import { type ElfFile, SHT_DYNSYM, UnwindError } from '../../../engine/index.ts';
import * as dt from './constants.ts';
import type { DynamicSection } from './dynamic-section.ts';
import { type SymbolVersion, SymbolVersions } from './symbol-versions.ts';

const symbolSize = 24;

/** An entry of a file's dynamic symbol table; addresses are the file's own. */
export interface DynamicSymbol {
  readonly index: number;
  readonly name: string;
  readonly value: bigint;
  readonly size: bigint;
  /** `STT_*`. */
  readonly type: number;
  /** `STB_*`. */
  readonly binding: number;
  /** `STV_*`. */
  readonly visibility: number;
  /** `SHN_*` for reserved values. */
  readonly sectionIndex: number;
  readonly version: SymbolVersion;
}

/** The dynamic symbols of a file; each is read when it is asked for. */
export class DynamicSymbols {
  readonly #dynamic: DynamicSection;
  readonly #versions: SymbolVersions;
  readonly #elf: ElfFile;
  readonly #known = new Map<number, DynamicSymbol>();

  constructor(elf: ElfFile, dynamic: DynamicSection) {
    this.#elf = elf;
    this.#dynamic = dynamic;
    this.#versions = new SymbolVersions(dynamic);
  }

  /** Throws `UnwindError` `invalid` where there is no such symbol. */
  at(index: number): DynamicSymbol {
    let symbol = this.#known.get(index);
    if (symbol === undefined) {
      symbol = this.#read(index);
      this.#known.set(index, symbol);
    }
    return symbol;
  }

  /** Every one, by index. Throws `UnwindError` `unsupported` where the file does not tell how many there are. */
  all(): DynamicSymbol[] {
    return Array.from({ length: this.#count() }, (_, index) => this.at(index));
  }

  #read(index: number): DynamicSymbol {
    const table = this.#dynamic.value(dt.DT_SYMTAB);
    if (table === undefined) {
      throw new UnwindError('invalid', '.dynamic', -1, `expected DT_SYMTAB for dynamic symbol ${index}`);
    }
    const view = this.#dynamic.view(table + BigInt(index * symbolSize), symbolSize, `dynamic symbol ${index}`);
    const info = view.getUint8(4);
    return {
      index,
      name: this.#dynamic.stringAt(view.getUint32(0, true)),
      value: view.getBigUint64(8, true),
      size: view.getBigUint64(16, true),
      type: info & 0xf,
      binding: info >> 4,
      visibility: view.getUint8(5) & 3,
      sectionIndex: view.getUint16(6, true),
      version: this.#versions.of(index),
    };
  }

  /** `DT_HASH` has as many chain entries as there are symbols (gABI, "Hash Table"); GNU's table does not say it. */
  #count(): number {
    const section = this.#elf.sections.find(({ type }) => type === SHT_DYNSYM);
    if (section !== undefined) return Math.floor(section.size / symbolSize);
    const hash = this.#dynamic.value(dt.DT_HASH);
    if (hash !== undefined) return this.#dynamic.view(hash, 8, 'the hash table').getUint32(4, true);
    if (this.#dynamic.value(dt.DT_SYMTAB) === undefined) return 0;
    const expectation = 'expected a section header of the dynamic symbol table, or DT_HASH, for the number of symbols';
    throw new UnwindError('unsupported', '.dynsym', -1, expectation);
  }
}
