import type { AddressSpace } from './address-space.ts';
import { removeAuthenticationCode } from './row/return-address.ts';
import { type CursorOptions, RuleCursor } from './rule-cursor.ts';

/** Goes from frame to frame, all registers restored in place. One cursor serves any number of walks, and a step allocates nothing. It sees modules come and go, also between two steps. */
export class StackCursor extends RuleCursor {
  /** The current frame's register file, see `Architecture`. */
  declare readonly registers: Uint32Array;
  /** By column: 1 where the register is known. */
  declare readonly known: Uint8Array;

  constructor(space: AddressSpace, options: CursorOptions = {}) {
    super(space, options);
    const { values, known } = this.general.frame;
    const { columnCount } = space.architecture;
    this.registers = values.subarray(0, 2 * columnCount);
    this.known = known.subarray(0, columnCount);
  }

  /**
   * Goes to the caller; any other answer than `Step.caller` leaves the frame as it is. Throws `UnwindError` where the
   * information for the frame is unusable.
   */
  step(): number {
    const { registers, slots, pcIndex, spIndex } = this;
    const pcLo = registers[pcIndex]!;
    const slot = (Math.imul(pcLo, 0x9e37_79b1) >>> 12) & this.mask;
    this.signal = false;
    this.counts[0]!++;
    if (
      slots[slot] !== (pcLo | 0) ||
      slots[(slot + 1) | 0] !== (registers[(pcIndex + 1) | 0]! | 0) ||
      slots[(slot + 2) | 0] !== ((this.space.generation << 1) | this.exact)
    ) {
      return this.stepSlowly(false);
    }

    const head = slots[(slot + 3) | 0]!;
    const cfaIndex = (head >> 5) & 0x7e;
    const base = registers[cfaIndex]! | 0;
    const cfaLo = (base + (head >> 12)) | 0;
    // Both the register and the CFA must be in the window, so that neither sum wraps around.
    const { firstLo, firstHi, words } = this;
    const distance = (cfaLo - firstLo) | 0;
    const unit = distance >> 2;
    if (
      (((base - firstLo) | 0 | distance) & 0x8000_0003) !== 0 ||
      (registers[cfaIndex + 1]! | 0) !== firstHi ||
      ((unit + slots[(slot + 4) | 0]!) | 0) < this.firstUnit ||
      unit > this.endUnit ||
      // A frame without size may be a loop.
      (registers[spIndex]! | 0) === cfaLo
    ) {
      return this.stepSlowly(true);
    }

    const count = (head >> 1) & 31;
    // Written out, since a loop has V8 check every array again at each turn.
    if (count > 0) {
      restore(registers, words, unit, slots[(slot + 5) | 0]!);
      if (count > 1) {
        restore(registers, words, unit, slots[(slot + 6) | 0]!);
        if (count > 2) {
          restore(registers, words, unit, slots[(slot + 7) | 0]!);
          if (count > 3) {
            restore(registers, words, unit, slots[(slot + 8) | 0]!);
            if (count > 4) {
              restore(registers, words, unit, slots[(slot + 9) | 0]!);
              if (count > 5) {
                restore(registers, words, unit, slots[(slot + 10) | 0]!);
                if (count > 6) {
                  restore(registers, words, unit, slots[(slot + 11) | 0]!);
                  if (count > 7) this.#restoreMore(unit, slot, count);
                }
              }
            }
          }
        }
      }
    }
    registers[spIndex] = cfaLo;
    registers[(spIndex + 1) | 0] = firstHi;
    if (this.linkIndex < 0) {
      registers[pcIndex] = words[(unit - 2) | 0]!;
      registers[(pcIndex + 1) | 0] = words[(unit - 1) | 0]!;
    } else this.#return(head);
    this.exact = 0;
    return 0;
  }

  /** Restores what `step` has no lines for. */
  #restoreMore(unit: number, slot: number, count: number): void {
    const { registers, slots, words, code } = this;
    const near = Math.min(count, 10);
    for (let i = 7; i < near; i++) restore(registers, words, unit, slots[slot + 5 + i]!);
    const far = slots[slot + 15]! - 10;
    for (let i = 10; i < count; i++) restore(registers, words, unit, code[far + i]!);
  }

  /** Returns to the address in the link register. */
  #return(head: number): void {
    const { registers, pcIndex, linkIndex } = this;
    if ((head & 1) !== 0) {
      const { frame } = this.general;
      removeAuthenticationCode(registers, linkIndex, frame.pacMaskLo, frame.pacMaskHi);
    }
    registers[pcIndex] = registers[linkIndex]!;
    registers[(pcIndex + 1) | 0] = registers[(linkIndex + 1) | 0]!;
  }

  /** Writes all registers of the current frame to buffers like those of a `FrameBuffer`. */
  copyTo(values: Uint32Array, known: Uint8Array, columns: number): void {
    const { registers } = this;
    for (let i = 0; i < registers.length; i++) values[2 * columns + i] = registers[i]!;
    for (let i = 0; i < this.known.length; i++) known[columns + i] = this.known[i]!;
  }
}

function restore(registers: Uint32Array, words: Uint32Array, unit: number, pair: number): void {
  const index = pair & 0xff;
  const word = (unit + (pair >> 8)) | 0;
  registers[index] = words[word]!;
  registers[index + 1] = words[(word + 1) | 0]!;
}
