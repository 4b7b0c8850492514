import { CfaKind, type Row } from '../row/row.ts';

/**
 * The rules in force, in one Uint32Array: so that the CIE's are copied, not evaluated again, and a state is remembered
 * at the cost of the rules it has. Words 7 and 8 are a bit set of the columns that have a rule; the words of other
 * columns are meaningless.
 */
export const cfaKindWord = 0;
/** Column; the DWARF register number while the kind is `cfaUntracked`. */
export const cfaColumnWord = 1;
/** As in `Row`: offset halves, or position and length of an expression. */
export const cfaLoWord = 2;
export const cfaHiWord = 3;
export const signStateWord = 4;
/** Address of the instruction that signed the return address with its PC, where the state says that one has. */
export const signedAtLoWord = 5;
export const signedAtHiWord = 6;
const maskWord = 7;
const headerWords = 9;

/** A CFA kind of its own: register + offset, but the register is none of the architecture's columns. */
export const cfaUntracked = 3;

/** A state without rules and without a CFA. */
export function emptyState(columnCount: number): Uint32Array {
  if (columnCount > 64) throw new RangeError('at most 64 columns');
  const state = new Uint32Array(headerWords + 3 * columnCount);
  state[cfaKindWord] = CfaKind.undefined;
  return state;
}

export function setRule(state: Uint32Array, column: number, kind: number, lo: number, hi: number): void {
  const word = headerWords + 3 * column;
  state[word] = kind;
  state[word + 1] = lo;
  state[word + 2] = hi;
  const mask = maskWord + (column >>> 5);
  state[mask] = state[mask]! | (1 << (column & 31));
}

/** Index of the first of three words that say the rule of a column: its kind, and as in `Row` its halves. */
export function ruleWord(column: number): number {
  return headerWords + 3 * column;
}

/** Bit set of the columns that have a rule: of the first 32, or of those behind. */
export function liveColumns(state: Uint32Array, half: 0 | 1): number {
  return state[maskWord + half]! | 0;
}

export function hasRule(state: Uint32Array, column: number): boolean {
  return (state[maskWord + (column >>> 5)]! & (1 << (column & 31))) !== 0;
}

/** Gives a column the rule it has in another state, or none. */
export function copyRule(from: Uint32Array, to: Uint32Array, column: number): void {
  if (hasRule(from, column)) {
    const word = headerWords + 3 * column;
    setRule(to, column, from[word]!, from[word + 1]!, from[word + 2]!);
  } else {
    const mask = maskWord + (column >>> 5);
    to[mask] = to[mask]! & ~(1 << (column & 31));
  }
}

export function copyState(from: Uint32Array, to: Uint32Array): void {
  for (let word = 0; word < headerWords; word++) to[word] = from[word]!;
  for (let half = 0; half < 2; half++) {
    for (let mask = from[maskWord + half]!; mask !== 0; mask &= mask - 1) {
      const word = headerWords + 3 * (32 * half + lowestBit(mask));
      to[word] = from[word]!;
      to[word + 1] = from[word + 1]!;
      to[word + 2] = from[word + 2]!;
    }
  }
}

/** Writes the rules into a row, in ascending order of columns. */
export function fillRules(state: Uint32Array, row: Row): void {
  row.cfaKind = state[cfaKindWord]!;
  row.cfaColumn = state[cfaColumnWord]!;
  row.cfaLo = state[cfaLoWord]!;
  row.cfaHi = state[cfaHiWord]!;
  row.signState = state[signStateWord]!;
  row.signedAtLo = state[signedAtLoWord]!;
  row.signedAtHi = state[signedAtHiWord]!;
  let count = 0;
  for (let half = 0; half < 2; half++) {
    for (let mask = state[maskWord + half]!; mask !== 0; mask &= mask - 1) {
      const column = 32 * half + lowestBit(mask);
      const word = headerWords + 3 * column;
      row.ruleColumn[count] = column;
      row.ruleKind[count] = state[word]!;
      row.ruleLo[count] = state[word + 1]!;
      row.ruleHi[count] = state[word + 2]!;
      count++;
    }
  }
  row.ruleCount = count;
}

function lowestBit(mask: number): number {
  return 31 - Math.clz32(mask & -mask);
}
