/** Nanoseconds that reading a clock takes. */
const perReading = 1000n;
/** Ticks of the time stamp counter a reading takes. */
const ticksPerReading = 1000n;
/** 2023-11-14, in nanoseconds since 1970. */
const epoch = 1_700_000_000_000_000_000n;

/** The time of the program: the seed says when it begins, and it passes by reading clocks and by sleeping. */
export class Clock {
  #now: bigint;
  #ticks = 0n;

  /** `offset`: seconds from a fixed date on. */
  constructor(offset: number) {
    this.#now = epoch + BigInt(offset) * 1_000_000_000n;
  }

  /** Nanoseconds since 1970. */
  read(): bigint {
    this.#now += perReading;
    return this.#now;
  }

  pass(nanoseconds: bigint): void {
    this.#now += nanoseconds;
  }

  /** The processor's counter (TSC, CNTVCT_EL0). */
  readTicks(): bigint {
    this.#ticks += ticksPerReading;
    return this.#ticks;
  }
}
