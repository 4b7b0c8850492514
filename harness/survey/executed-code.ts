/** Which bytes of a stretch of code an instruction was executed at. */
export class ExecutedCode {
  readonly #startLo: number;
  readonly #startHi: number;
  readonly #executed: Uint8Array;

  constructor(start: bigint, size: number) {
    this.#startLo = Number(start & 0xffff_ffffn);
    this.#startHi = Number((start >> 32n) & 0xffff_ffffn);
    this.#executed = new Uint8Array(size);
  }

  /** An instruction at an address, unsigned halves, executes; those outside the stretch are not kept. */
  add(lo: number, hi: number): void {
    const difference = lo - this.#startLo;
    const high = (hi - this.#startHi - (difference < 0 ? 1 : 0)) | 0;
    if (high === 0 && difference >>> 0 < this.#executed.length) this.#executed[difference >>> 0] = 1;
  }

  /** At how many of these offsets one was executed. */
  countAt(offsets: readonly number[]): number {
    return offsets.reduce((sum, offset) => sum + this.#executed[offset]!, 0);
  }
}
