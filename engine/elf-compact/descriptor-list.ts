/** Descriptors with the addresses they begin at. */
export class DescriptorList {
  count = 0;
  /** Where each begins; it ends where the next one does. What that is counted from is up to whoever fills the list. */
  start: Int32Array = new Int32Array(64);
  lo: Uint32Array = new Uint32Array(64);
  hi: Uint32Array = new Uint32Array(64);

  add(start: number, lo: number, hi: number): void {
    const index = this.count++;
    if (index === this.start.length) this.#grow();
    this.start[index] = start;
    this.lo[index] = lo;
    this.hi[index] = hi;
  }

  clear(): void {
    this.count = 0;
  }

  #grow(): void {
    const start = new Int32Array(2 * this.start.length);
    const lo = new Uint32Array(start.length);
    const hi = new Uint32Array(start.length);
    start.set(this.start);
    lo.set(this.lo);
    hi.set(this.hi);
    this.start = start;
    this.lo = lo;
    this.hi = hi;
  }
}
