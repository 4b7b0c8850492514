import type { Architecture } from '../architecture/index.ts';
import type { Row } from '../row/row.ts';
import { RuleSets } from './rule-sets.ts';

export interface RuleCacheOptions {
  /** Number of slots, a power of two; 2048 if absent. */
  readonly slots?: number;
}

/** What became of lookups. Those that found no row at all, or threw, are misses too. */
export class RuleCacheCounters {
  hits = 0;
  /** The slot had never been used. */
  emptyMisses = 0;
  /** The slot was another PC's, or the same PC's of the other kind. */
  conflictMisses = 0;
  /** The slot was this PC's, but modules have come or gone since. */
  staleMisses = 0;
  /** Of the misses, those whose row has too many rules for a slot. */
  uncacheable = 0;
}

/** Most register rules of a row that is kept. */
const mostRules = 32;
/** Rule sets kept at least, however few slots there are. */
const fewestSets = 256;

/**
 * A slot: low and high half of the PC; twice the address space's generation plus 1 where the PC is exact, 0 where the
 * slot is empty; where the rules begin in `code`; low and high half of the row's start; number of the section's name.
 */
const slotWords = 8;

/**
 * Remembers what holds at PCs, each in the one slot its PC belongs to. All memory is allocated at the start: slots hold
 * places of interned rule sets, and where there are too many different ones the cache is cleared.
 *
 * A PC that is a return address and the same PC where execution was interrupted are different keys, since the row of
 * a return address is that of the instruction before it. One cache may serve several cursors and address spaces of its
 * architecture.
 */
export class RuleCache {
  readonly architecture: Architecture;
  readonly counters = new RuleCacheCounters();
  readonly #sets: RuleSets;
  readonly #slots: Int32Array;
  readonly #mask: number;
  readonly #sectionNames: string[] = [];

  constructor(architecture: Architecture, options: RuleCacheOptions = {}) {
    const { slots = 2048 } = options;
    if (!Number.isInteger(slots) || slots < 1 || slots > 2 ** 20 || (slots & (slots - 1)) !== 0) {
      throw new RangeError(`expected a power of two up to 2^20 as number of slots, found ${slots}`);
    }
    this.architecture = architecture;
    this.#sets = new RuleSets(architecture, Math.max(slots, fewestSets));
    this.#slots = new Int32Array(slots * slotWords);
    this.#mask = slots - 1;
  }

  /** Rule sets ready to execute, see `compileRules`. */
  get code(): Int32Array {
    return this.#sets.code;
  }

  /** Forgets everything; the counters go on. */
  clear(): void {
    this.#slots.fill(0);
    this.#sets.clear();
    this.#sectionNames.length = 0;
  }

  /**
   * Where the rules for a PC begin in `code`, or -1. `key` is twice the address space's generation, plus 1 where the PC
   * is not a return address.
   */
  find(pcLo: number, pcHi: number, key: number): number {
    const slots = this.#slots;
    const slot = this.#slotOf(pcLo);
    if (slots[slot] === (pcLo | 0) && slots[slot + 1] === (pcHi | 0) && slots[slot + 2] === key) {
      this.counters.hits++;
      return slots[slot + 3]!;
    }
    this.#countMiss(slot, pcLo, pcHi, key);
    return -1;
  }

  /** Remembers the row of a PC that has just been missed. Returns where its rules begin in `code` for now. */
  store(pcLo: number, pcHi: number, key: number, row: Row): number {
    if (row.ruleCount > mostRules) {
      this.counters.uncacheable++;
      return this.#sets.compile(row);
    }
    let id = this.#sets.intern(row);
    if (id < 0) {
      this.clear();
      id = this.#sets.intern(row);
    }
    const slots = this.#slots;
    const slot = this.#slotOf(pcLo);
    const code = this.#sets.codeOf(id);
    slots[slot] = pcLo;
    slots[slot + 1] = pcHi;
    slots[slot + 2] = key;
    slots[slot + 3] = code;
    slots[slot + 4] = row.startLo;
    slots[slot + 5] = row.startHi;
    slots[slot + 6] = this.#nameOf(row.section);
    return code;
  }

  /**
   * Writes to `row` what is remembered for a PC: everything that is needed to apply it, and where it starts. False where
   * nothing is.
   */
  fill(pcLo: number, pcHi: number, key: number, row: Row): boolean {
    const slots = this.#slots;
    const slot = this.#slotOf(pcLo);
    if (slots[slot] !== (pcLo | 0) || slots[slot + 1] !== (pcHi | 0) || slots[slot + 2] !== key) return false;
    this.#sets.fill(this.code[slots[slot + 3]! + 1]!, row);
    row.startLo = slots[slot + 4]! >>> 0;
    row.startHi = slots[slot + 5]! >>> 0;
    row.section = this.#sectionNames[slots[slot + 6]!]!;
    return true;
  }

  #slotOf(pcLo: number): number {
    const hash = Math.imul(pcLo, 0x9e37_79b1);
    return ((hash ^ (hash >>> 15)) & this.#mask) * slotWords;
  }

  #countMiss(slot: number, pcLo: number, pcHi: number, key: number): void {
    const slots = this.#slots;
    const found = slots[slot + 2]!;
    if (found === 0) this.counters.emptyMisses++;
    else if (slots[slot] === (pcLo | 0) && slots[slot + 1] === (pcHi | 0) && ((found ^ key) & 1) === 0) {
      this.counters.staleMisses++;
    } else this.counters.conflictMisses++;
  }

  #nameOf(section: string): number {
    const index = this.#sectionNames.indexOf(section);
    return index >= 0 ? index : this.#sectionNames.push(section) - 1;
  }
}
