/** Sizes and amounts are bytes unless said otherwise; packed registers as in `saved-registers.ts`. */
export interface Frame {
  readonly mode: number;
  /** The mask of the descriptor. */
  readonly mask: number;
  /** Of the body: units of 8 bytes from RSP to the CFA, or `cfaFromFp`. */
  readonly cfa: number;
  readonly saved: number;
  /** Number of registers saved. */
  readonly count: number;
  /** By number k: the first k registers. */
  readonly firstSaved: readonly number[];
  /** By number k: size of the push and of the pop of the k-th register, counted from 1. */
  readonly pushSize: readonly number[];
  /** Size of the instruction that makes room below them, 0 where there is none. */
  readonly allocation: number;
}
