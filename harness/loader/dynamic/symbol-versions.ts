import { UnwindError } from '../../../engine/index.ts';
import * as dt from './constants.ts';
import type { DynamicSection } from './dynamic-section.ts';

/** The version symbol of a symbol: 0 is local, 1 is global without a version; the top bit hides it (LSB, 10.7.2). */
const indexMask = 0x7fff;
const hiddenBit = 0x8000;
const firstNamed = 2;
const neededSize = 16;
const neededEntrySize = 16;
const definedSize = 20;

/** What a version table says of one symbol. */
export interface SymbolVersion {
  /** 0 local, 1 global, further ones have names. */
  readonly index: number;
  /** Undefined where it has none. */
  readonly name: string | undefined;
  /** Not to be bound to by references without a version. */
  readonly isHidden: boolean;
}

const unversioned: SymbolVersion = { index: 1, name: undefined, isHidden: false };

/**
 * The versions of a file's dynamic symbols (`DT_VERSYM`, `DT_VERNEED`, `DT_VERDEF`). Throws `UnwindError` `invalid`
 * where a table is not mapped or its entries do not end.
 */
export class SymbolVersions {
  readonly #dynamic: DynamicSection;
  readonly #names = new Map<number, string>();
  readonly #table: bigint | undefined;

  constructor(dynamic: DynamicSection) {
    this.#dynamic = dynamic;
    this.#table = dynamic.value(dt.DT_VERSYM);
    this.#readDefined();
    this.#readNeeded();
  }

  of(symbolIndex: number): SymbolVersion {
    if (this.#table === undefined) return unversioned;
    const view = this.#dynamic.view(
      this.#table + BigInt(2 * symbolIndex),
      2,
      `version of dynamic symbol ${symbolIndex}`,
    );
    const value = view.getUint16(0, true);
    const index = value & indexMask;
    const name = index < firstNamed ? undefined : this.#names.get(index);
    if (index >= firstNamed && name === undefined) {
      const expectation = `expected a version the file names, not ${index}`;
      throw new UnwindError('invalid', '.gnu.version', 2 * symbolIndex, expectation);
    }
    return { index, name, isHidden: (value & hiddenBit) !== 0 };
  }

  #readDefined(): void {
    for (const { view, at } of this.#chain(dt.DT_VERDEF, dt.DT_VERDEFNUM, definedSize, 16, '.gnu.version_d')) {
      const index = view.getUint16(4, true) & indexMask;
      const name = this.#dynamic.view(at + BigInt(view.getUint32(12, true)), 8, 'the name of a defined version');
      this.#names.set(index, this.#dynamic.stringAt(name.getUint32(0, true)));
    }
  }

  #readNeeded(): void {
    for (const { view, at } of this.#chain(dt.DT_VERNEED, dt.DT_VERNEEDNUM, neededSize, 12, '.gnu.version_r')) {
      let entry = at + BigInt(view.getUint32(8, true));
      for (let left = view.getUint16(2, true); left > 0; left--) {
        const needed = this.#dynamic.view(entry, neededEntrySize, 'a needed version');
        this.#names.set(needed.getUint16(6, true) & indexMask, this.#dynamic.stringAt(needed.getUint32(8, true)));
        const next = needed.getUint32(12, true);
        if (next === 0) break;
        entry += BigInt(next);
      }
    }
  }

  /** The entries of a list whose number a tag says; the distance to the next one is at `nextOffset` in each. */
  *#chain(tag: bigint, countTag: bigint, size: number, nextOffset: number, section: string) {
    const start = this.#dynamic.value(tag);
    if (start === undefined) return;
    const count = this.#dynamic.value(countTag) ?? 0n;
    if (count > 0x1_0000n) {
      throw new UnwindError('invalid', section, -1, `expected at most ${0x1_0000} entries, not ${count}`);
    }
    let at = start;
    for (let left = Number(count); left > 0; left--) {
      const view = this.#dynamic.view(at, size, `an entry of ${section}`);
      yield { view, at };
      const next = view.getUint32(nextOffset, true);
      if (next === 0) return;
      at += BigInt(next);
    }
  }
}
