import type { Stop } from '../stop.ts';
import type { TrueFrame } from '../truth/frame.ts';

/**
 * Finds functions that end their own frame, and perhaps others, in another way than by returning: longjmp, and those that
 * leave for where an exception is caught. Their rows say where they will go.
 */
export class LeavingFunctions {
  /** Of the stop before. */
  #pcLo = 0;
  #pcHi = 0;
  #caller: TrueFrame | null = null;
  #callerPcLo = 0;
  #callerPcHi = 0;
  #depth = 0;

  /** To be told of every stop; returns a PC of the function that has just left. */
  passing({ architecture: { pc }, registers, callers, depth }: Stop): bigint | undefined {
    const lo = registers[2 * pc]!;
    const hi = registers[2 * pc + 1]!;
    const isReturn = lo === this.#callerPcLo && hi === this.#callerPcHi;
    const hasLeft = depth < this.#depth && !isReturn && this.#isBehind(callers);
    const left = hasLeft ? (BigInt(this.#pcHi) << 32n) | BigInt(this.#pcLo) : undefined;
    this.#pcLo = lo;
    this.#pcHi = hi;
    this.#depth = depth;
    this.#caller = callers?.kind === 'caller' || callers?.kind === 'sentinel' ? callers : null;
    this.#callerPcLo = callers?.registers[2 * pc] ?? 0;
    this.#callerPcHi = callers?.registers[2 * pc + 1] ?? 0;
    return left;
  }

  /** A new run begins. */
  restart(): void {
    this.#depth = 0;
    this.#caller = null;
  }

  /** Whether a frame was one of those behind the stop before: after a change of stacks it is none. */
  #isBehind(frame: TrueFrame | null): boolean {
    for (let one = this.#caller; one !== null; one = one.behind) if (one.behind === frame) return frame !== null;
    return false;
  }
}
