import type { Architecture } from '../architecture/index.ts';
import { CfaKind, type Row, RuleKind } from '../row/row.ts';
import { farthest, nowhere } from './plain-rules.ts';

/**
 * A rule set ready to execute, as words of one Int32Array. It is *plain* where every register is saved below the CFA or
 * unchanged, SP is the CFA, and the return address is where a call leaves it or in a register: right below the CFA on
 * x86-64, in the link register on AArch64; and where all of that is a multiple of 8 bytes away. If the CFA counts from SP,
 * it must be above that and nothing saved below it; from whatever it counts, it is not below that. Then the words say
 * everything there is to do.
 *
 * | word | |
 * |---|---|
 * | 0 | in bit 0 whether the return address is signed (AArch64), in bits 1–5 the number of pairs, in bits 6–11 the column of the CFA's register, in bits 12–31, signed, what is added to it, in units of 8 bytes |
 * | 1 | the lowest place anything is loaded from, in units of 8 bytes from the CFA; in no memory where the set is not plain, and the other words mean nothing |
 * | 2 … | pairs: in bits 0–7 the column of a register, in bits 8–31, signed, where it is saved, in units of 8 bytes from the CFA |
 *
 * The return address of x86-64 has no pair.
 */
const lowestWord = 1;
export const pairsWord = 2;

const mostPairs = 31;

/** Most words the rules of a row take. */
export function mostWords(architecture: Architecture): number {
  return pairsWord + architecture.columnCount;
}

/** Writes what a row says to `code` from index `at` on, and returns the index behind it. */
export function compileRules(architecture: Architecture, row: Row, code: Int32Array, at: number): number {
  code[at] = 0;
  code[at + lowestWord] = nowhere;
  const pairs = at + pairsWord;
  const { pc, sp, link, signState } = architecture;
  const offset = row.cfaLo | 0;
  if (
    row.signalFrame ||
    row.cfaKind !== CfaKind.registerOffset ||
    row.cfaHi !== (offset >> 31) >>> 0 ||
    offset < 0 ||
    offset >= farthest ||
    (offset & 7) !== 0 ||
    row.returnColumn !== (link >= 0 ? link : pc)
  ) {
    return pairs;
  }
  let end = pairs;
  let lowest = 0;
  let hasReturnAddress = link >= 0;
  const { ruleColumn, ruleKind, ruleLo, ruleHi, ruleCount } = row;
  for (let i = 0; i < ruleCount; i++) {
    const column = ruleColumn[i]!;
    const kind = ruleKind[i]!;
    if (kind === RuleKind.sameValue && column !== sp && column !== pc && column !== signState) continue;
    const saved = ruleLo[i]! | 0;
    const isBelow = saved <= -8 && saved > -farthest && (saved & 7) === 0 && ruleHi[i] === 0xffffffff;
    if (kind !== RuleKind.offset || !isBelow || column === sp || column === signState) return pairs;
    if (saved < lowest) lowest = saved;
    if (column === pc) {
      if (link >= 0 || saved !== -8) return pairs;
      hasReturnAddress = true;
    } else code[end++] = (saved << 5) | column;
  }
  // Without anything to load there is no need for the CFA to be in memory.
  if (!hasReturnAddress || lowest === 0 || end - pairs > mostPairs) return pairs;
  // What is right below the CFA is not below SP if that is.
  if (row.cfaColumn === sp && offset + lowest < 0) return pairs;
  code[at] = (offset << 9) | (row.cfaColumn << 6) | ((end - pairs) << 1) | (row.signState & 1);
  code[at + lowestWord] = lowest >> 3;
  return end;
}
