import type { Architecture } from '../architecture/index.ts';
import type { Row } from '../row/row.ts';
import { PlainRules } from './plain-rules.ts';
import { RuleSets } from './rule-sets.ts';

export interface RuleCacheOptions {
  /** Number of slots, a power of two; 2048 if absent. */
  readonly slots?: number;
}

/** What became of lookups. Those that found no row at all, or threw, are misses too. */
export interface RuleCacheCounters {
  readonly hits: number;
  /** The slot had never been used. */
  readonly emptyMisses: number;
  /** The slot was another PC's, or the same PC's of the other kind. */
  readonly conflictMisses: number;
  /** The slot was this PC's, but modules have come or gone since. */
  readonly staleMisses: number;
  /** Of the misses, those whose row has too many rules for a slot. */
  readonly uncacheable: number;
}

/** Indices of counts. */
const lookups = 0;
const emptyMisses = 1;
const conflictMisses = 2;
const staleMisses = 3;
const uncacheable = 4;

/** Most register rules of a row that is kept. */
const mostRules = 32;
/** Rule sets kept at least, however few slots there are. */
const fewestSets = 256;

const mostSlots = 2 ** 16;

/** In `slots`: lookups that are not in `counts` yet. */
const recentLookups = 0;
/** Words before the first slot. */
const headerWords = 16;

/** Words of a slot. */
const keyWord = 2;
const rulesWord = 3;
const farWord = 14;
const nextWord = 15;
const slotWords = 16;

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
  /**
   * For cursors, which look into it themselves and add one to word 0 where they do. The slot of a PC begins at index
   * `16 + ((Math.imul(pcLo, 0x9e3779b1) >>> 12) & mask)`: that factor, 2^32 divided by the golden ratio, spreads PCs whatever
   * their alignment. Its words are the PC's low half, its high half, the key (see `store`; 0 where it is empty), and the
   * rules as `compileRules` writes them. What does not fit, from the tenth pair on, is in `code`
   * where word 14 says. Word 15 is where the slot of the caller was the last time: it is looked at first.
   */
  readonly slots: Int32Array;
  readonly mask: number;
  readonly code: Int32Array;
  readonly #counts = new Float64Array(5);
  /** Where the rules of the first slot are. */
  readonly firstRules: PlainRules;
  /** By slot: the id of the rule set, and the number of the section's name. */
  readonly #ids: Int32Array;
  readonly #names: Int32Array;
  /** By slot: low and high half of the row's start. */
  readonly #starts: Uint32Array;
  readonly #sets: RuleSets;
  readonly #sectionNames: string[] = [];

  constructor(architecture: Architecture, options: RuleCacheOptions = {}) {
    const { slots = 2048 } = options;
    if (!Number.isInteger(slots) || slots < 1 || slots > mostSlots || (slots & (slots - 1)) !== 0) {
      throw new RangeError(`expected a power of two up to ${mostSlots} as number of slots, found ${slots}`);
    }
    this.architecture = architecture;
    this.#sets = new RuleSets(architecture, Math.max(slots, fewestSets));
    this.code = this.#sets.code;
    this.slots = new Int32Array(headerWords + slots * slotWords);
    this.firstRules = new PlainRules(architecture, this.slots, headerWords + rulesWord);
    this.mask = (slots - 1) * slotWords;
    this.#ids = new Int32Array(slots);
    this.#names = new Int32Array(slots);
    this.#starts = new Uint32Array(2 * slots);
  }

  get counters(): RuleCacheCounters {
    const counts = this.#counted();
    return {
      hits: counts[lookups]! - counts[emptyMisses]! - counts[conflictMisses]! - counts[staleMisses]!,
      emptyMisses: counts[emptyMisses]!,
      conflictMisses: counts[conflictMisses]!,
      staleMisses: counts[staleMisses]!,
      uncacheable: counts[uncacheable]!,
    };
  }

  /** Forgets everything; the counters go on. */
  clear(): void {
    this.slots.fill(0, headerWords);
    this.#sets.clear();
    this.#sectionNames.length = 0;
  }

  /** Counts a lookup that found its slot taken by something else, or empty. */
  countMiss(pcLo: number, pcHi: number, key: number): void {
    const { slots } = this;
    const counts = this.#counted();
    const slot = this.#slotOf(pcLo);
    const found = slots[slot + keyWord]!;
    const isSame = slots[slot] === (pcLo | 0) && slots[slot + 1] === (pcHi | 0) && ((found ^ key) & 1) === 0;
    counts[found === 0 ? emptyMisses : isSame ? staleMisses : conflictMisses]!++;
  }

  /**
   * Remembers the row of a PC. `key` is twice the address space's generation, plus 1 where the PC is no return address.
   * A row with too many rules is in its slot all the same, but must be `drop`ped after the step it is needed for: then the
   * answer is false.
   */
  store(pcLo: number, pcHi: number, key: number, row: Row): boolean {
    if (row.ruleCount > mostRules) {
      this.#counts[uncacheable]!++;
      this.hold(pcLo, pcHi, key, row);
      return false;
    }
    let id = this.#sets.intern(row);
    if (id < 0) {
      this.clear();
      id = this.#sets.intern(row);
    }
    const slot = this.#slotOf(pcLo);
    const index = indexOf(slot);
    this.#write(slot, pcLo, pcHi, key, this.#sets.codeOf(id));
    this.#ids[index] = id;
    this.#names[index] = this.#nameOf(row.section);
    this.#starts[2 * index] = row.startLo;
    this.#starts[2 * index + 1] = row.startHi;
    return true;
  }

  /** Puts the row of a PC into its slot, to be `drop`ped after one step. Nothing else may be stored until then. */
  hold(pcLo: number, pcHi: number, key: number, row: Row): void {
    this.#write(this.#slotOf(pcLo), pcLo, pcHi, key, this.#sets.compile(row));
  }

  /** Makes the first slot that of a PC whose rules are in `firstRules` already, as `hold` does. For caches of one slot. */
  holdFirst(pcLo: number, pcHi: number, key: number): void {
    const { slots } = this;
    slots[headerWords] = pcLo;
    slots[headerWords + 1] = pcHi;
    slots[headerWords + keyWord] = key;
    slots[headerWords + nextWord] = headerWords;
  }

  /** Empties the slot of a PC. */
  drop(pcLo: number): void {
    this.slots[this.#slotOf(pcLo) + keyWord] = 0;
  }

  /**
   * Writes to `row` what is remembered for a PC that has just been found: everything that is needed to apply it, and where
   * it starts.
   */
  fill(pcLo: number, row: Row): void {
    const index = indexOf(this.#slotOf(pcLo));
    this.#sets.fill(this.#ids[index]!, row);
    row.startLo = this.#starts[2 * index]!;
    row.startHi = this.#starts[2 * index + 1]!;
    row.section = this.#sectionNames[this.#names[index]!]!;
  }

  #slotOf(pcLo: number): number {
    return headerWords + ((Math.imul(pcLo, 0x9e37_79b1) >>> 12) & this.mask);
  }

  #counted(): Float64Array {
    const counts = this.#counts;
    counts[lookups]! += this.slots[recentLookups]! >>> 0;
    this.slots[recentLookups] = 0;
    return counts;
  }

  #write(slot: number, pcLo: number, pcHi: number, key: number, rules: number): void {
    const { slots, code } = this;
    slots[slot] = pcLo;
    slots[slot + 1] = pcHi;
    slots[slot + keyWord] = key;
    for (let word = rulesWord; word < farWord; word++) slots[slot + word] = code[rules + word - rulesWord]!;
    slots[slot + farWord] = rules + farWord - rulesWord;
    slots[slot + nextWord] = slot;
  }

  #nameOf(section: string): number {
    const index = this.#sectionNames.indexOf(section);
    return index >= 0 ? index : this.#sectionNames.push(section) - 1;
  }
}

/** The number of the slot at an index of `slots`. */
function indexOf(slot: number): number {
  return (slot - headerWords) / slotWords;
}
