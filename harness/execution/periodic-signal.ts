/** A signal that comes again and again, as a profiler's timer sends it. */
export interface PeriodicSignal {
  /** It interrupts the program before so many-th instruction of its own, twice as many-th, and so on. At least 1. */
  readonly every: number;
  readonly handler: bigint;
  readonly trampoline: bigint;
  /** Name of the stack the handler runs on; without it, the interrupted one. */
  readonly stack?: string;
}

/** Counts the program's instructions, those of the signal's handler left out, and says when the signal is due. */
export class PeriodicCounter {
  readonly #every: number;
  #executed = 0;
  /** The count it came at last. */
  #cameAt = -1;
  /** Its frame while it is handled; it does not interrupt its own handler. */
  #frame: bigint | undefined;

  constructor({ every }: PeriodicSignal) {
    this.#every = every;
  }

  /** Whether the signal is to be delivered before the next instruction. */
  isDue(): boolean {
    return this.#frame === undefined && this.#cameAt !== this.#executed && (this.#executed + 1) % this.#every === 0;
  }

  delivered(frame: bigint): void {
    this.#frame = frame;
    this.#cameAt = this.#executed;
  }

  returned(frame: bigint): void {
    if (frame === this.#frame) this.#frame = undefined;
  }

  /** An instruction is about to execute. */
  step(): void {
    if (this.#frame === undefined) this.#executed++;
  }
}
