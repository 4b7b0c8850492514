import type { AddressSpace } from './address-space.ts';
import type { RuleCache } from './cache/rule-cache.ts';
import { RuleSets } from './cache/rule-sets.ts';
import { Row } from './row/row.ts';

/** Where cursors get the rules for a PC from: the cache, if there is one, or the modules' row sources. */
export class RuleFinder {
  /** Rule sets ready to execute, see `compileRules`. */
  code: Int32Array;
  /** After `fillRow`, the row the rules are from. */
  readonly row: Row;
  readonly #space: AddressSpace;
  readonly #cache: RuleCache | undefined;
  /** Holds the rules of one row where there is no cache. */
  readonly #single: RuleSets;

  constructor(space: AddressSpace, cache: RuleCache | undefined) {
    const { architecture } = space;
    if (cache !== undefined && cache.architecture !== architecture) {
      throw new TypeError(`expected a cache for ${architecture.name}, found one for ${cache.architecture.name}`);
    }
    this.#space = space;
    this.#cache = cache;
    this.row = new Row(architecture.columnCount);
    this.#single = new RuleSets(architecture, 0);
    this.code = cache === undefined ? this.#single.code : cache.code;
  }

  /**
   * Where the rules for a frame's PC begin in `code`, until the next call; -1 where no module has any. `exact` is 0
   * where the PC is a return address, 1 where execution is at it. Throws what sources throw.
   */
  find(pcLo: number, pcHi: number, exact: number): number {
    const cache = this.#cache;
    if (cache !== undefined) {
      const at = cache.find(pcLo, pcHi, 2 * this.#space.generation + exact);
      if (at >= 0) return at;
    }
    return this.#search(pcLo, pcHi, exact);
  }

  /** Makes `row` the one `find` has just found rules of, with its start. */
  fillRow(pcLo: number, pcHi: number, exact: number): void {
    // What is not in the cache has been searched for, which left it in the row.
    this.#cache?.fill(pcLo, pcHi, 2 * this.#space.generation + exact, this.row);
  }

  /**
   * Finds the row for a PC. A return address may lie behind its function, or behind what the row of the call covers:
   * it is looked up minus one, unless it is where execution was interrupted.
   */
  #search(pcLo: number, pcHi: number, exact: number): number {
    const lo = exact === 1 ? pcLo : (pcLo - 1) >>> 0;
    const hi = exact === 1 || pcLo !== 0 ? pcHi : (pcHi - 1) >>> 0;
    const { row } = this;
    if (!this.#space.lookup(lo, hi, row)) return -1;
    const cache = this.#cache;
    if (cache === undefined) return this.#single.compile(row);
    return cache.store(pcLo, pcHi, 2 * this.#space.generation + exact, row);
  }
}
