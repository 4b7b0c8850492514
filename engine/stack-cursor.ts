import type { AddressSpace } from './address-space.ts';
import { removeAuthenticationCode } from './row/return-address.ts';
import { type CursorOptions, nowhere, RuleCursor } from './rule-cursor.ts';

/**
 * Goes from frame to frame, all registers restored in place. One cursor serves any number of walks, and a step allocates
 * nothing. It sees modules come and go, also between two steps.
 */
export class StackCursor extends RuleCursor {
  /** The current frame's register file, see `Architecture`. */
  declare readonly registers: Uint32Array;
  /** By column: 1 where the register is known. */
  declare readonly known: Uint8Array;
  /** The registers as numbers of 64 bits, which are only moved: so they are no objects in compiled code. */
  declare protected readonly values: BigUint64Array;

  constructor(space: AddressSpace, options: CursorOptions = {}) {
    super(space, options);
    const { values, known } = this.general.frame;
    const { columnCount } = space.architecture;
    this.registers = values.subarray(0, 2 * columnCount);
    this.values = new BigUint64Array(values.buffer, values.byteOffset, columnCount);
    this.known = known.subarray(0, columnCount);
  }

  /**
   * Goes to the caller; any other answer than `Step.caller` leaves the frame as it is. Throws `UnwindError` where the
   * information for the frame is unusable.
   */
  // Small enough for V8 to inline it (460 bytes of bytecode), which halves what it costs: the rest is in other methods.
  step(): number {
    const { registers, slots, pcIndex } = this;
    slots[0]!++;
    this.signal = false;
    let slot = this.nextSlot;
    if (
      slots[slot] !== (registers[pcIndex]! | 0) ||
      slots[(slot + 1) | 0] !== (registers[(pcIndex + 1) | 0]! | 0) ||
      slots[(slot + 2) | 0] !== ((this.space.generation << 1) | this.exact)
    ) {
      slot = this.findSlot();
      if (slot < 0) return this.stepSlowly(false);
    }

    const head = slots[(slot + 3) | 0]!;
    const { spIndex } = this;
    const unit = ((head >> 5) & 0x7e) === spIndex ? ((head >> 12) + this.spUnit) | 0 : this.#unitByRegister(slot);
    if (unit > this.endUnit) return this.stepSlowly(true);
    const count = (head >> 1) & 31;
    if (count > 0) this.#restore(slot, count, unit);
    this.slot = slot;
    this.nextSlot = slots[(slot + 15) | 0]!;
    this.spUnit = unit;
    registers[spIndex] = this.firstLo + 8 * unit;
    registers[(spIndex + 1) | 0] = this.firstHi;
    if (this.linkIndex < 0) this.values[pcIndex >> 1] = this.quads[(unit - 1) | 0]!;
    else this.#return(head);
    this.exact = 0;
    return 0;
  }

  /**
   * The CFA's place in the window where it counts from another register than SP; behind all places where it is not there,
   * or something is saved that cannot be read.
   */
  #unitByRegister(slot: number): number {
    const { registers, slots } = this;
    const head = slots[(slot + 3) | 0]!;
    const cfaIndex = (head >> 5) & 0x7e;
    // Both the register and the CFA must be in the window, so that neither sum wraps around.
    const distance = ((registers[cfaIndex]! | 0) - this.firstLo) | 0;
    const unit = ((head >> 12) + (distance >> 3)) | 0;
    const isPlain =
      (distance & 0x8000_0007) === 0 &&
      (registers[(cfaIndex + 1) | 0]! | 0) === this.firstHi &&
      ((unit + slots[(slot + 4) | 0]!) | 0) >= this.firstUnit &&
      // A frame without size may be a loop.
      unit !== this.spUnit;
    return isPlain ? unit : nowhere;
  }

  /** Restores registers. */
  #restore(slot: number, count: number, unit: number): void {
    const { values, quads, slots } = this;
    // Written out, since a loop has V8 check every array again at each turn.
    const pair5 = slots[(slot + 5) | 0]!;
    values[pair5 & 0xff] = quads[(unit + (pair5 >> 8)) | 0]!;
    if (count > 1) {
      const pair6 = slots[(slot + 6) | 0]!;
      values[pair6 & 0xff] = quads[(unit + (pair6 >> 8)) | 0]!;
      if (count > 2) {
        const pair7 = slots[(slot + 7) | 0]!;
        values[pair7 & 0xff] = quads[(unit + (pair7 >> 8)) | 0]!;
        if (count > 3) {
          const pair8 = slots[(slot + 8) | 0]!;
          values[pair8 & 0xff] = quads[(unit + (pair8 >> 8)) | 0]!;
          if (count > 4) {
            const pair9 = slots[(slot + 9) | 0]!;
            values[pair9 & 0xff] = quads[(unit + (pair9 >> 8)) | 0]!;
            if (count > 5) {
              const pair10 = slots[(slot + 10) | 0]!;
              values[pair10 & 0xff] = quads[(unit + (pair10 >> 8)) | 0]!;
              if (count > 6) {
                const pair11 = slots[(slot + 11) | 0]!;
                values[pair11 & 0xff] = quads[(unit + (pair11 >> 8)) | 0]!;
                if (count > 7) this.#restoreMore(unit, slot, count);
              }
            }
          }
        }
      }
    }
  }

  /** Restores what the above has no lines for. */
  #restoreMore(unit: number, slot: number, count: number): void {
    const { values, slots, quads, code } = this;
    const near = Math.min(count, 9);
    for (let i = 7; i < near; i++) restore(values, quads, unit, slots[slot + 5 + i]!);
    const far = slots[slot + 14]! - 9;
    for (let i = 9; i < count; i++) restore(values, quads, unit, code[far + i]!);
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

function restore(values: BigUint64Array, quads: BigUint64Array, unit: number, pair: number): void {
  values[pair & 0xff] = quads[(unit + (pair >> 8)) | 0]!;
}
