import type { Architecture } from '../architecture/index.ts';
import { CfaKind, type Row, RuleKind } from '../row/row.ts';

/**
 * A rule set ready to execute, as words of one Int32Array. It is *plain* where every register is saved below the CFA or
 * unchanged, and SP is the CFA: then the words say everything there is to do.
 *
 * | word | |
 * |---|---|
 * | 0 | in bits 0–7 the number of pairs behind the first one, in bits 8–15 the index of the CFA's register in a register file (twice its column), in bit 16 whether the return address is signed (AArch64) |
 * | 1 | what is added to the CFA's register, bytes |
 * | 2 | the lowest place anything is loaded from, in units of 4 bytes from the CFA; in no memory where the set is not plain, and the other words mean nothing |
 * | 3 | the first pair: that of the return address, if there is one |
 * | 4 … | the other pairs |
 *
 * A pair is, in bits 0–7, twice the column of a register and, in bits 8–31, where it is saved, signed, in units of 4
 * bytes from the CFA.
 */
const offsetWord = 1;
const lowestWord = 2;
const firstPairWord = 3;
const othersWord = 4;

/** Word 2 of sets that are not plain: added to any place in memory, it is below it. */
const nowhere = -0x4000_0000;

/** How far from the CFA registers are saved at most, and the CFA is from its register: sums stay within 32 bits. */
const farthest = 0x0100_0000;

/** Most words the rules of a row take. */
export function mostWords(architecture: Architecture): number {
  return othersWord + architecture.columnCount;
}

/** Writes what a row says to `code` from index `at` on, and returns the index behind it. */
export function compileRules(architecture: Architecture, row: Row, code: Int32Array, at: number): number {
  code[at] = 0;
  code[at + offsetWord] = 0;
  code[at + lowestWord] = nowhere;
  const pairs = at + othersWord;
  const { pc, sp, link, signState } = architecture;
  const offset = row.cfaLo | 0;
  if (
    row.signalFrame ||
    row.cfaKind !== CfaKind.registerOffset ||
    row.cfaHi >>> 0 !== (offset >> 31) >>> 0 ||
    Math.abs(offset) > farthest ||
    row.returnColumn !== (link >= 0 ? link : pc)
  ) {
    return pairs;
  }
  let end = pairs;
  let lowest = 0;
  let returnPair = 0;
  const { ruleColumn, ruleKind, ruleLo, ruleHi, ruleCount } = row;
  for (let i = 0; i < ruleCount; i++) {
    const column = ruleColumn[i]!;
    const kind = ruleKind[i]!;
    if (kind === RuleKind.sameValue && column !== sp && column !== pc && column !== signState) continue;
    const saved = ruleLo[i]! | 0;
    const isPlain =
      kind === RuleKind.offset &&
      column !== sp &&
      column !== signState &&
      (column !== pc || link < 0) &&
      (saved & 3) === 0 &&
      saved <= -8 &&
      saved >= -farthest &&
      ruleHi[i] === (saved >> 31) >>> 0;
    if (!isPlain) return pairs;
    if (saved < lowest) lowest = saved;
    const pair = (saved << 6) | (2 * column);
    if (column === row.returnColumn) returnPair = pair;
    else code[end++] = pair;
  }
  if (returnPair === 0) {
    // Without a return address on the stack it must come in a register. Any pair may then be the first.
    if (link < 0 || end === pairs) return pairs;
    returnPair = code[--end]!;
  }
  code[at] = (end - pairs) | (row.cfaColumn << 9) | ((row.signState & 1) << 16);
  code[at + offsetWord] = offset;
  code[at + lowestWord] = lowest >> 2;
  code[at + firstPairWord] = returnPair;
  return end;
}
