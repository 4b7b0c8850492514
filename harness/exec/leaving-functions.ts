import type { Stop } from '../stop.ts';
import { readColumn } from '../truth/address.ts';
import type { TrueFrame } from '../truth/frame.ts';

/**
 * Finds functions that end their own frame, and perhaps others, in another way than by returning: longjmp, and those that
 * leave for where an exception is caught. Their rows say where they will go.
 */
export class LeavingFunctions {
  /** Of the stop before. */
  #pc = 0n;
  #caller: TrueFrame | null = null;
  #callerPc = 0n;
  #depth = 0;

  /** To be told of every stop; returns a PC of the function that has just left. */
  passing(stop: Stop): bigint | undefined {
    const { pc } = stop.architecture;
    const now = readColumn(stop.registers, pc);
    const left =
      stop.depth < this.#depth && now !== this.#callerPc && this.#isBehind(stop.callers) ? this.#pc : undefined;
    const { callers } = stop;
    this.#pc = now;
    this.#depth = stop.depth;
    this.#caller = callers?.kind === 'caller' || callers?.kind === 'sentinel' ? callers : null;
    this.#callerPc = callers === null ? 0n : readColumn(callers.registers, pc);
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
