import type { AddressSpace } from './address-space.ts';
import { plainFlag, signedFlag } from './cache/compile-rules.ts';
import type { RuleCache } from './cache/rule-cache.ts';
import type { CurrentFrame } from './current-frame.ts';
import { GeneralStep } from './general-step.ts';
import type { Memory } from './memory.ts';
import { removeAuthenticationCode } from './row/return-address.ts';
import { RuleFinder } from './rule-finder.ts';
import { Step } from './step.ts';

export interface CursorOptions {
  /** Where found rules are kept; without it every step searches. */
  readonly cache?: RuleCache;
}

/** Distances in a memory window beyond this are left to the general step: sums with offsets stay in 31 bits. */
const farBits = 29;

/**
 * Goes from frame to frame, all registers restored in place. One cursor serves any number of walks, and a step allocates
 * nothing. It sees modules come and go, also between two steps.
 */
export class StackCursor {
  /** The current frame's register file, see `Architecture`. */
  readonly registers: Uint32Array;
  /** By column: 1 where the register is known. */
  readonly known: Uint8Array;
  readonly #finder: RuleFinder;
  readonly #general: GeneralStep;
  readonly #frame: CurrentFrame;
  #memory: Memory;
  /** 1 where the PC is not a return address. */
  #exact = 1;
  #signal = false;
  /** A register is not known: frames are left to the general step, which minds that. */
  #someUnknown = false;
  readonly #pcIndex: number;
  readonly #spIndex: number;
  /** Index of the register a call leaves the return address in, or -1. */
  readonly #linkIndex: number;
  readonly #signIndex: number;

  constructor(space: AddressSpace, options: CursorOptions = {}) {
    const { columnCount, pc, sp, link, signState } = space.architecture;
    this.#finder = new RuleFinder(space, options.cache);
    this.#general = new GeneralStep(space.architecture);
    this.#frame = this.#general.frame;
    this.#memory = this.#frame.memory;
    this.registers = this.#frame.values.subarray(0, 2 * columnCount);
    this.known = this.#frame.known.subarray(0, columnCount);
    this.#pcIndex = 2 * pc;
    this.#spIndex = 2 * sp;
    this.#linkIndex = link < 0 ? -1 : 2 * link;
    this.#signIndex = signState < 0 ? -1 : 2 * signState;
  }

  /** The frame the last step began in is a signal frame: the current PC is where that interrupted its code. */
  get isSignalFrame(): boolean {
    return this.#signal;
  }

  get pcLo(): number {
    return this.registers[this.#pcIndex]!;
  }

  get pcHi(): number {
    return this.registers[this.#pcIndex + 1]!;
  }

  /**
   * Begins a walk at a register file, all of it known. The mask has the bits of a code address that hold a pointer
   * authentication code (AArch64).
   */
  start(memory: Memory, registers: Uint32Array, pacMaskLo = 0, pacMaskHi = 0): void {
    this.registers.set(registers);
    this.known.fill(1);
    this.#begin(memory, 1, pacMaskLo, pacMaskHi);
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
    for (let i = 0; i < this.registers.length; i++) this.registers[i] = values[2 * columns + i]!;
    for (let i = 0; i < this.known.length; i++) this.known[i] = known[columns + i]!;
    this.#begin(memory, exact ? 1 : 0, pacMaskLo, pacMaskHi);
  }

  /**
   * Goes to the caller; any other answer than `Step.caller` leaves the frame as it is. Throws `UnwindError` where the
   * information for the frame is unusable.
   */
  step(): number {
    const { registers } = this;
    const pcIndex = this.#pcIndex;
    this.#signal = false;
    const at = this.#finder.find(registers[pcIndex]!, registers[pcIndex + 1]!, this.#exact);
    const { code } = this.#finder;
    if (at < 0 || (code[at]! & plainFlag) === 0 || this.#someUnknown) return this.#stepGenerally(at);

    const cfaIndex = code[at + 2]!;
    const offset = code[at + 3]!;
    const baseLo = registers[cfaIndex]!;
    const cfaLo = (baseLo + offset) | 0;
    const cfaHi = (registers[cfaIndex + 1]! + (offset >> 31) + (cfaLo >>> 0 < baseLo ? 1 : 0)) | 0;

    const window = this.#memory.last;
    const distance = (cfaLo - window.firstLo) | 0;
    const distanceHi = (cfaHi - window.firstHi - (cfaLo >>> 0 < window.firstLo >>> 0 ? 1 : 0)) | 0;
    const spIndex = this.#spIndex;
    if (
      distanceHi !== 0 ||
      distance >>> farBits !== 0 ||
      (distance & 3) !== 0 ||
      distance + code[at + 4]! < window.readable ||
      distance + code[at + 5]! > window.wordBytes ||
      // A frame without size may be a loop.
      (registers[spIndex]! | 0) === cfaLo
    ) {
      return this.#stepGenerally(at);
    }

    const { words } = window;
    const unit = distance >> 2;
    const end = code[at + 6]!;
    for (let i = at + 8; i < end; i += 2) {
      const index = code[i]!;
      const word = unit + code[i + 1]!;
      registers[index] = words[word]!;
      registers[index + 1] = words[word + 1]!;
    }
    registers[spIndex] = cfaLo;
    registers[spIndex + 1] = cfaHi;
    const linkIndex = this.#linkIndex;
    if (linkIndex >= 0) {
      if ((code[at]! & signedFlag) !== 0) {
        removeAuthenticationCode(registers, linkIndex, this.#frame.pacMaskLo, this.#frame.pacMaskHi);
      }
      registers[pcIndex] = registers[linkIndex]!;
      registers[pcIndex + 1] = registers[linkIndex + 1]!;
    }
    this.#exact = 0;
    return Step.caller;
  }

  /** Writes all registers of the current frame to buffers like those of a `FrameBuffer`. */
  copyTo(values: Uint32Array, known: Uint8Array, columns: number): void {
    const { registers } = this;
    for (let i = 0; i < registers.length; i++) values[2 * columns + i] = registers[i]!;
    for (let i = 0; i < this.known.length; i++) known[columns + i] = this.known[i]!;
  }

  #begin(memory: Memory, exact: number, pacMaskLo: number, pacMaskHi: number): void {
    this.#memory = memory;
    this.#frame.memory = memory;
    this.#frame.pacMaskLo = pacMaskLo;
    this.#frame.pacMaskHi = pacMaskHi;
    this.#exact = exact;
    this.#signal = false;
    this.#checkUnknown();
  }

  #stepGenerally(at: number): number {
    const { registers } = this;
    const pcIndex = this.#pcIndex;
    if (at >= 0) this.#finder.fillRow(registers[pcIndex]!, registers[pcIndex + 1]!, this.#exact);
    const general = this.#general;
    let step: number;
    try {
      step = general.step(at < 0 ? undefined : this.#finder.row, this.#exact);
    } finally {
      this.#signal = general.isSignalFrame;
    }
    if (step === Step.caller) {
      this.#exact = general.isSignalFrame ? 1 : 0;
      this.#checkUnknown();
    }
    return step;
  }

  /** Notes what the plain rules do not mind: unknown registers, and an RA_SIGN_STATE that no rule gives. */
  #checkUnknown(): void {
    const { known, registers } = this;
    const signIndex = this.#signIndex;
    this.#someUnknown = signIndex >= 0 && (registers[signIndex]! | registers[signIndex + 1]!) !== 0;
    for (let i = 0; i < known.length; i++) if (known[i] !== 1) this.#someUnknown = true;
  }
}
