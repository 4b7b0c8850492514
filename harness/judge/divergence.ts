/**
 * What differs: `register` (PC and SP included) of a frame; `early` – the walk has fewer frames than the truth;
 * `far` – it has more; `ending` – it has the right frames but ended in another way.
 */
export type DivergenceKind = 'register' | 'early' | 'far' | 'ending';

/** One difference between an answer and the truth. The judge reuses one object; whoever keeps it copies it. */
export interface Divergence {
  kind: DivergenceKind;
  /** The frame that differs; for `early` the first one missing, for `far` the first one too many. */
  frame: number;
  /** Column, for `register`. */
  column: number;
  /** The unwinder does not know the register's value, or says that it does not support what it met. */
  unknown: boolean;
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
