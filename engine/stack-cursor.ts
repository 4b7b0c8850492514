import type { AddressSpace } from './address-space.ts';
import { removeAuthenticationCode } from './row/return-address.ts';
import { type CursorOptions, done, notFound, notPlain, RuleCursor } from './rule-cursor.ts';

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
    const attempt = this.#stepPlainly();
    if (attempt === done) return 0;
    return attempt === notFound ? this.stepAfterSearch() : this.stepGenerally();
  }

  #stepPlainly(): number {
    const { registers, slots, pcIndex, spIndex } = this;
    const pcLo = registers[pcIndex]!;
    const pcHi = registers[(pcIndex + 1) | 0]!;
    const slot = (Math.imul(pcLo, 0x9e37_79b1) >>> 12) & this.mask;
    this.signal = false;
    this.counts[0]!++;
    if (
      slots[slot] !== (pcLo | 0) ||
      slots[(slot + 1) | 0] !== (pcHi | 0) ||
      slots[(slot + 2) | 0] !== ((this.space.generation << 1) | this.exact)
    ) {
      return notFound;
    }

    const head = slots[(slot + 3) | 0]!;
    const offset = slots[(slot + 4) | 0]!;
    const cfaIndex = (head >> 8) & 0xff;
    const cfaLo = (registers[cfaIndex]! + offset) | 0;
    // Both the register and the CFA must be in the window, so that neither sum wraps around.
    const from = (registers[cfaIndex]! - this.firstLo) | 0;
    const to = (from + offset) | 0;
    const unit = to >> 2;
    if (
      ((from | to) & 0x8000_0003) !== 0 ||
      (registers[cfaIndex + 1]! | 0) !== this.firstHi ||
      ((unit + slots[(slot + 5) | 0]!) | 0) < this.firstUnit ||
      unit > this.endUnit ||
      // A frame without size may be a loop.
      (registers[spIndex]! | 0) === cfaLo
    ) {
      return notPlain;
    }

    const { words } = this;
    restore(registers, words, unit, slots[(slot + 6) | 0]!);
    const count = head & 0xff;
    if (count > 0) {
      restore(registers, words, unit, slots[(slot + 7) | 0]!);
      if (count > 1) {
        restore(registers, words, unit, slots[(slot + 8) | 0]!);
        if (count > 2) {
          restore(registers, words, unit, slots[(slot + 9) | 0]!);
          if (count > 3) {
            restore(registers, words, unit, slots[(slot + 10) | 0]!);
            if (count > 4) {
              restore(registers, words, unit, slots[(slot + 11) | 0]!);
              if (count > 5) {
                restore(registers, words, unit, slots[(slot + 12) | 0]!);
                if (count > 6) {
                  restore(registers, words, unit, slots[(slot + 13) | 0]!);
                  if (count > 7) {
                    restore(registers, words, unit, slots[(slot + 14) | 0]!);
                    if (count > 8) this.#restoreMore(unit, slot, count);
                  }
                }
              }
            }
          }
        }
      }
    }
    registers[spIndex] = cfaLo;
    registers[(spIndex + 1) | 0] = this.firstHi;
    const { linkIndex } = this;
    if (linkIndex >= 0) this.#return(linkIndex, head);
    this.exact = 0;
    return done;
  }

  #restoreMore(unit: number, slot: number, count: number): void {
    const { registers, slots, words, code } = this;
    const far = slots[slot + 15]! - 8;
    for (let i = 8; i < count; i++) restore(registers, words, unit, code[far + i]!);
  }

  #return(linkIndex: number, head: number): void {
    const { registers, pcIndex } = this;
    if ((head & 0x1_0000) !== 0) {
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
