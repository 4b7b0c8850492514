/** A kind of frame, as far as it does not depend on a function. Packed registers as in `saved-registers.ts`. */
export interface Frame {
  /** Of the descriptor. */
  readonly mode: number;
  /** Of the extended layout: how gaps are stored, and which register order. */
  readonly form: number;
  readonly order: number;
  readonly mask: number;
  /** Of the body, see `cfa-codes.ts`. */
  readonly cfa: number;
  readonly saved: number;
  readonly hasFp: boolean;
  /** Number of registers saved. */
  readonly count: number;
  /** By number k: the first k registers. */
  readonly firstSaved: readonly number[];
  /** By number k: size of the push and of the pop of the k-th register, counted from 1. */
  readonly pushSize: readonly number[];
  /** Size of the instruction that makes room below them, 0 where there is none. */
  readonly allocation: number;
  /** By length: 1 where there may be such a gap in the prologue; longer ones are not possible. */
  readonly gaps: Uint8Array;
  /** Longest gap in the epilogue, and how many registers may be popped before it. */
  readonly mostEpilogueGap: number;
  readonly lastEpiloguePosition: number;
  /** Registers may be saved in two steps behind `mov rbp, rsp`. */
  readonly hasStep: boolean;
}
