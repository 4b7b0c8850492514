import type { Fde } from './fde.ts';
import { multiply64, product } from './multiply.ts';
import type { Base } from './pointer-encoding.ts';

/** Products of two numbers below this fit 31 bits. */
const small = 0x8000;

/** Where call frame instructions have got to in a function: the addresses of the row at hand and of the next one. */
export class LocationCounter {
  /** Start of the function. */
  readonly function: Base = { lo: 0, hi: 0 };
  /** Where the row at hand begins. */
  rowLo = 0;
  rowHi = 0;
  /** Where the next one begins: the place an instruction has advanced to, or the function's end. */
  nextLo = 0;
  nextHi = 0;
  #endLo = 0;
  #endHi = 0;

  /** Goes to the start of an FDE; there is no row at hand yet. */
  start(fde: Fde): void {
    this.function.lo = fde.startLo;
    this.function.hi = fde.startHi;
    this.nextLo = fde.startLo;
    this.nextHi = fde.startHi;
    this.#endLo = fde.endLo;
    this.#endHi = fde.endHi;
  }

  /** There is another row in the function. */
  get hasNext(): boolean {
    return below(this.nextLo, this.nextHi, this.#endLo, this.#endHi);
  }

  /** Makes the next row the one at hand. */
  enterNext(): void {
    this.rowLo = this.nextLo;
    this.rowHi = this.nextHi;
  }

  /** Sets the next row `factor` times a 64-bit distance from the row at hand. */
  advance(lo: number, hi: number, factor: number): void {
    if (hi === 0 && lo < small && factor < small) {
      const nextLo = this.rowLo + lo * factor;
      this.nextHi = this.rowHi + (nextLo > 0xffffffff ? 1 : 0);
      this.nextLo = nextLo >>> 0;
      return;
    }
    multiply64(lo, hi, factor, 0);
    // A distance beyond 64 bits must not wrap: whatever the high half, it is past every function's end.
    const high = hi * factor + (lo * factor) / 2 ** 32 < 2 ** 32 ? product.hi : 2 ** 32;
    const nextLo = this.rowLo + product.lo;
    this.nextHi = this.rowHi + high + (nextLo > 0xffffffff ? 1 : 0);
    this.nextLo = nextLo >>> 0;
  }

  /** Sets the next row's address; false where that lies before the row at hand. */
  moveTo(lo: number, hi: number): boolean {
    if (below(lo, hi, this.rowLo, this.rowHi)) return false;
    this.nextLo = lo;
    this.nextHi = hi;
    return true;
  }

  /**
   * Whether the next row, just set, begins behind an address or the function's end. If not, it is the row at hand from
   * now on.
   */
  isPast(lo: number, hi: number): boolean {
    if (!this.hasNext) {
      this.finish();
      return true;
    }
    if (below(lo, hi, this.nextLo, this.nextHi)) return true;
    this.enterNext();
    return false;
  }

  /** The row at hand is the last one. */
  finish(): void {
    this.nextLo = this.#endLo;
    this.nextHi = this.#endHi;
  }
}

function below(aLo: number, aHi: number, bLo: number, bHi: number): boolean {
  return aHi < bHi || (aHi === bHi && aLo < bLo);
}
