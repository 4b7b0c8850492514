/** Entries of an expression's stack; DWARF names no limit, real expressions need a handful. */
const CAPACITY = 128;

/** Thrown values would need the section; the evaluator turns these into errors that name the operation. */
export type StackFault = 'stack underflow' | 'stack overflow';

/** The stack of 64-bit values of a DWARF expression (DWARF 5, section 2.5.1), as halves in one array. */
export class ExpressionStack {
  readonly values = new Uint32Array(2 * CAPACITY);
  depth = 0;
  readonly #fault: (fault: StackFault) => Error;

  constructor(fault: (fault: StackFault) => Error) {
    this.#fault = fault;
  }

  push(lo: number, hi: number): void {
    if (this.depth === CAPACITY) throw this.#fault('stack overflow');
    const index = 2 * this.depth++;
    this.values[index] = lo;
    this.values[index + 1] = hi;
  }

  /** Index in `values` of the entry `position` below the top. */
  entry(position: number): number {
    if (position >= this.depth) throw this.#fault('stack underflow');
    return 2 * (this.depth - 1 - position);
  }

  /** Removes the top entry and returns its index in `values`, where it stays until the next push. */
  pop(): number {
    const index = this.entry(0);
    this.depth--;
    return index;
  }

  /** Pushes a copy of the entry `position` below the top. */
  pick(position: number): void {
    const index = this.entry(position);
    this.push(this.values[index]!, this.values[index + 1]!);
  }

  swap(): void {
    this.#exchange(this.entry(1), this.entry(0));
  }

  /** The top entry becomes the third, the second the top, the third the second. */
  rotate(): void {
    const third = this.entry(2);
    this.#exchange(this.entry(0), this.entry(1));
    this.#exchange(this.entry(1), third);
  }

  #exchange(a: number, b: number): void {
    const { values } = this;
    const lo = values[a]!;
    const hi = values[a + 1]!;
    values[a] = values[b]!;
    values[a + 1] = values[b + 1]!;
    values[b] = lo;
    values[b + 1] = hi;
  }
}
