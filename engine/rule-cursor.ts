import type { AddressSpace } from './address-space.ts';
import { RuleCache } from './cache/rule-cache.ts';
import { GeneralStep } from './general-step.ts';
import type { Memory } from './memory.ts';
import { Step } from './step.ts';

/** Units that are looked at: 2 GiB. */
const mostUnits = 2 ** 28;
/** Behind all units, whatever is added to it. */
export const nowhere = 2 ** 29;

/** Rules whose row is the general step's, or rules without a row. */
type Held = 'nothing' | 'row' | 'plain rules';

export interface CursorOptions {
  /** Where found rules are kept; without it every step searches. */
  readonly cache?: RuleCache;
}

/**
 * What cursors have in common: finding the rules for a frame's PC, the memory window the last frame was in, and the
 * general step. Fields that the plain step of a cursor uses lie here as they are used, without objects between. They are
 * declared only, so that the constructor gives each its first value: the compiled code then knows what kind of value it
 * has.
 */
export abstract class RuleCursor {
  declare protected readonly space: AddressSpace;
  /** See `RuleCache.slots`. */
  declare protected readonly slots: Int32Array;
  declare protected readonly mask: number;
  declare protected readonly code: Int32Array;
  /** 1 where the PC is not a return address. */
  protected exact = 1;
  declare protected readonly general: GeneralStep;
  declare protected readonly pcIndex: number;
  declare protected readonly spIndex: number;
  /** Index of the register a call leaves the return address in; negative where it leaves it in none. */
  declare protected readonly linkIndex: number;
  /**
   * The window that answered last, as in `MemoryWindow`; nothing can be read in it while a register is not known or
   * RA_SIGN_STATE is set, since plain rules do not mind either: all frames are left to the general step then.
   */
  protected firstLo = 0;
  protected firstHi = 0;
  declare protected words: Uint32Array;
  declare protected quads: BigUint64Array;
  /** The readable part in units of 8 bytes: the first, and the first behind it. */
  protected firstUnit = 0;
  protected endUnit = 0;
  /** Where SP is in the window, in the same units; far behind it if it is not at a unit's start there. */
  protected spUnit: number = nowhere;
  protected signal = false;
  /** Index of the slot the last plain step found its rules in, or 0; and of the slot to look into first. */
  protected slot = 0;
  protected nextSlot = 0;
  readonly #cache: RuleCache;
  /** The cache is there for one step at a time. */
  readonly #forgets: boolean;
  readonly #signIndex: number;
  /** What is in the frame's slot for this step only. */
  #held: Held = 'nothing';

  constructor(space: AddressSpace, options: CursorOptions) {
    const { architecture } = space;
    const { cache } = options;
    if (cache !== undefined && cache.architecture !== architecture) {
      throw new TypeError(`expected a cache for ${architecture.name}, found one for ${cache.architecture.name}`);
    }
    const { pc, sp, link, signState } = architecture;
    this.space = space;
    this.#cache = cache ?? new RuleCache(architecture, { slots: 1 });
    this.#forgets = cache === undefined;
    this.slots = this.#cache.slots;
    this.mask = this.#cache.mask;
    this.code = this.#cache.code;
    this.general = new GeneralStep(architecture);
    this.words = this.general.frame.memory.last.words;
    this.quads = this.general.frame.memory.last.quads;
    this.pcIndex = 2 * pc;
    this.spIndex = 2 * sp;
    this.linkIndex = 2 * link;
    this.#signIndex = 2 * signState;
  }

  /** The frame the last step began in is a signal frame: the current PC is where that interrupted its code. */
  get isSignalFrame(): boolean {
    return this.signal;
  }

  get pcLo(): number {
    return this.general.frame.values[this.pcIndex]!;
  }

  get pcHi(): number {
    return this.general.frame.values[this.pcIndex + 1]!;
  }

  /**
   * Begins a walk at a register file, all of it known. The mask has the bits of a code address that hold a pointer
   * authentication code (AArch64).
   */
  start(memory: Memory, registers: Uint32Array, pacMaskLo = 0, pacMaskHi = 0): void {
    const { frame } = this.general;
    frame.values.set(registers);
    frame.known.fill(1);
    this.begin(memory, 1, pacMaskLo, pacMaskHi);
  }

  /**
   * Goes on with a walk of another cursor: `columns` is the index of the first column in buffers like those of a
   * `FrameBuffer`, `exact` whether the PC is that of interrupted code, not a return address.
   */
  resume(
    memory: Memory,
    values: Uint32Array,
    known: Uint8Array,
    columns: number,
    exact: boolean,
    pacMaskLo = 0,
    pacMaskHi = 0,
  ): void {
    const { frame } = this.general;
    const { columnCount } = this.space.architecture;
    for (let i = 0; i < 2 * columnCount; i++) frame.values[i] = values[2 * columns + i]!;
    for (let i = 0; i < columnCount; i++) frame.known[i] = known[columns + i]!;
    this.begin(memory, exact ? 1 : 0, pacMaskLo, pacMaskHi);
  }

  protected begin(memory: Memory, exact: number, pacMaskLo: number, pacMaskHi: number): void {
    const { frame } = this.general;
    frame.memory = memory;
    frame.pacMaskLo = pacMaskLo;
    frame.pacMaskHi = pacMaskHi;
    this.exact = exact;
    this.signal = false;
    this.slot = 0;
    this.nextSlot = this.slots[15]!;
    // The stack is the window that will answer.
    memory.find(frame.values[this.spIndex]!, frame.values[this.spIndex + 1]!, 8);
    this.adoptWindow();
  }

  /** Goes to the caller, see `StackCursor.step`. */
  abstract step(): number;

  /**
   * The index of the slot with the PC's rules, or -1: for a step that did not find them in the slot to look into first,
   * which is this one the next time.
   */
  protected findSlot(): number {
    const { slots, pcIndex } = this;
    const { values } = this.general.frame;
    const pcLo = values[pcIndex]!;
    const slot = (((Math.imul(pcLo, 0x9e37_79b1) >>> 12) & this.mask) + 16) | 0;
    if (
      slots[slot] !== (pcLo | 0) ||
      slots[(slot + 1) | 0] !== (values[(pcIndex + 1) | 0]! | 0) ||
      slots[(slot + 2) | 0] !== ((this.space.generation << 1) | this.exact)
    ) {
      return -1;
    }
    slots[(this.slot + 15) | 0] = slot;
    return slot;
  }

  /**
   * Steps where that takes more than a plain step. If the cache does not have the PC's rules they are searched for, and
   * the cache then has them for this step at least. If it has, they are not plain, or the frame is unusual.
   *
   * A return address may lie behind its function, or behind what the row of the call covers: it is looked up minus one,
   * unless it is where execution was interrupted.
   *
   * All of it is one method because V8 then finds it too large to be inlined into the plain step, which is the faster for
   * that.
   */
  protected stepSlowly(isInCache: boolean): number {
    const { space, general, exact, pcIndex } = this;
    const { row } = general;
    const cache = this.#cache;
    const { values } = general.frame;
    const pcLo = values[pcIndex]!;
    const pcHi = values[pcIndex + 1]!;
    const lo = exact === 1 ? pcLo : (pcLo - 1) >>> 0;
    const hi = exact === 1 || pcLo !== 0 ? pcHi : (pcHi - 1) >>> 0;
    let found = true;
    if (!isInCache) {
      const key = 2 * space.generation + exact;
      if (this.#forgets && space.lookupPlain(lo, hi, cache.firstRules)) {
        cache.holdFirst(pcLo, pcHi, key);
        this.#held = 'plain rules';
      } else {
        cache.countMiss(pcLo, pcHi, key);
        found = space.lookup(lo, hi, row);
        if (found) {
          // Looked up once, found in the end: not another lookup.
          this.slots[0]!--;
          if (this.#forgets) cache.hold(pcLo, pcHi, key, row);
          else if (cache.store(pcLo, pcHi, key, row)) return this.step();
          this.#held = 'row';
        }
      }
      if (found) {
        const step = this.step();
        this.#held = 'nothing';
        cache.drop(pcLo);
        return step;
      }
    } else if (this.#held === 'nothing') cache.fill(pcLo, row);
    else {
      const held = this.#held;
      this.#held = 'nothing';
      cache.drop(pcLo);
      if (held === 'plain rules') found = space.lookup(lo, hi, row);
    }

    this.beforeGeneralStep();
    let step: number;
    try {
      step = general.step(found, exact);
    } finally {
      this.signal = general.isSignalFrame;
    }
    if (step === Step.caller) {
      this.exact = general.isSignalFrame ? 1 : 0;
      this.slot = 0;
      this.nextSlot = 0;
      this.afterGeneralStep(found);
      this.adoptWindow();
    }
    return step;
  }

  /** Makes the registers in `general.frame` those of the frame. */
  protected beforeGeneralStep(): void {}

  /** Learns that `general.frame` is the caller, by `general.row` if it was `found`. */
  protected afterGeneralStep(_found: boolean): void {}

  /** Makes the window of the last answer the one of plain steps. */
  protected adoptWindow(): void {
    const { values, known, memory } = this.general.frame;
    const window = memory.last;
    this.firstLo = window.firstLo;
    this.firstHi = window.firstHi;
    this.words = window.words;
    this.quads = window.quads;
    this.firstUnit = (window.readable + 7) >>> 3;
    this.endUnit = Math.min(window.quads.length, mostUnits);
    // A window in which the high half changes, or right behind it, where SP may be, is left to the general step.
    if ((window.firstLo >>> 0) + window.size >= 2 ** 32) this.endUnit = 0;
    const signIndex = this.#signIndex;
    if (signIndex >= 0 && (values[signIndex]! | values[signIndex + 1]!) !== 0) this.endUnit = 0;
    const { columnCount } = this.space.architecture;
    for (let column = 0; column < columnCount; column++) if (known[column] !== 1) this.endUnit = 0;
    const spOffset = window.offsetOf(values[this.spIndex]!, values[this.spIndex + 1]!, 0);
    // That it is not there, -1, is no multiple of 8 either.
    this.spUnit = (spOffset & 7) === 0 ? spOffset / 8 : nowhere;
  }
}
