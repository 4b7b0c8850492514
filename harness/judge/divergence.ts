/**
 * What differs: `register` (PC and SP included) of a frame; `early` – the walk has fewer frames than the truth;
 * `far` – it has more; `ending` – it has the right frames but ended in another way; `signal-frame` – all of that is
 * right, but a frame is wrongly said to be a signal frame, or not to be one.
 */
export type DivergenceKind = 'register' | 'early' | 'far' | 'ending' | 'signal-frame';

/** One difference between an answer and the truth. The judge reuses one object; whoever keeps it copies it. */
export interface Divergence {
  kind: DivergenceKind;
  /** The frame that differs; for `early` the first one missing, for `far` the first one too many. */
  frame: number;
  /** Column, for `register`. */
  column: number;
  /** The unwinder does not tell the register's value or the flag, or says that it does not support what it met. */
  unknown: boolean;
  /** For `signal-frame`, 1 where it is one. */
  expectedLo: number;
  expectedHi: number;
  /** The answer's value; 0 where `unknown`. */
  actualLo: number;
  actualHi: number;
}

/** A divergence to be filled by the judge. */
export function emptyDivergence(): Divergence {
  return {
    kind: 'register',
    frame: 0,
    column: 0,
    unknown: false,
    expectedLo: 0,
    expectedHi: 0,
    actualLo: 0,
    actualHi: 0,
  };
}
