import type { Architecture } from '../../engine/index.ts';
import type { Stop } from '../stop.ts';

/** Words looked at below the CFA, from SP (or the red zone) up, and around the frame pointer. */
const mostBelowCfa = 512;
const mostAboveSp = 64;
const frameBelow = 256;
const frameAbove = 64;
const word = 8;

/** The readable words of the frame a stop is in, each with its distance from the true CFA; reused for every stop. */
export class FrameWords {
  readonly #architecture: Architecture;
  /** Distance from the CFA in bytes, and the halves of the word there. */
  readonly offsets: number[] = [];
  readonly los: number[] = [];
  readonly his: number[] = [];
  /** The same counted from the frame pointer. */
  readonly frameOffsets: number[] = [];
  readonly frameLos: number[] = [];
  readonly frameHis: number[] = [];
  readonly #read = new Uint32Array(2);

  constructor(architecture: Architecture) {
    this.#architecture = architecture;
  }

  /** Reads the words of a stop's frame, and those at `also` from its CFA. */
  look(stop: Stop, also: readonly number[]): void {
    for (const list of [this.offsets, this.los, this.his, this.frameOffsets, this.frameLos, this.frameHis]) {
      list.length = 0;
    }
    const { callers, registers } = stop;
    if (callers === null) return;
    const { sp, fp, redZone } = this.#architecture;
    const cfa = asNumber(callers.registers, sp);
    const depth = cfa - asNumber(registers, sp) + redZone;
    const lowest = Math.max(0, Math.ceil(depth / word));
    for (let index = 1; index <= Math.min(lowest, mostBelowCfa); index++) this.#word(stop, -index * word);
    for (let index = lowest; index > Math.max(mostBelowCfa, lowest - mostAboveSp); index--)
      this.#word(stop, -index * word);
    for (const offset of also) if (!this.offsets.includes(offset)) this.#word(stop, offset);
    const lo = registers[2 * fp]!;
    const hi = registers[2 * fp + 1]!;
    for (let offset = -frameBelow; offset <= frameAbove; offset += word) {
      if (!this.#at(stop, lo, hi, offset)) continue;
      this.frameOffsets.push(offset);
      this.frameLos.push(this.#read[0]!);
      this.frameHis.push(this.#read[1]!);
    }
  }

  #word(stop: Stop, offset: number): void {
    const { sp } = this.#architecture;
    const { registers } = stop.callers!;
    if (!this.#at(stop, registers[2 * sp]!, registers[2 * sp + 1]!, offset)) return;
    this.offsets.push(offset);
    this.los.push(this.#read[0]!);
    this.his.push(this.#read[1]!);
  }

  #at(stop: Stop, lo: number, hi: number, offset: number): boolean {
    const sum = lo + offset;
    const carry = sum < 0 ? -1 : sum > 0xffffffff ? 1 : 0;
    return stop.memory.read64(sum >>> 0, (hi + carry) >>> 0, this.#read, 0);
  }
}

/** A register, exact as far as stacks lie. */
function asNumber(registers: Uint32Array, column: number): number {
  return registers[2 * column + 1]! * 2 ** 32 + registers[2 * column]!;
}
