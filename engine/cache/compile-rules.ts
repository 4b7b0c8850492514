import type { Architecture } from '../architecture/index.ts';
import { CfaKind, type Row, RuleKind } from '../row/row.ts';

/**
 * A rule set ready to execute, as words of one Int32Array:
 *
 * | word | |
 * |---|---|
 * | 0 | flags, see below; where `plainFlag` is not set, the words from 2 on mean nothing |
 * | 1 | id of the rule set the words were made from |
 * | 2 | index of the CFA's register in a register file: twice its column |
 * | 3 | what is added to it, bytes |
 * | 4, 5 | the bytes that are loaded, counted from the CFA: the first, and the first behind them |
 * | 6 | index of the first word behind the last pair |
 * | 7 | where the return address is, 4-byte units from the CFA; unused where it comes in a register |
 * | 8 … | pairs: twice the column of a register, and where it is saved, 4-byte units from the CFA |
 *
 * Where the return address is saved on the stack by the call itself (x86-64), its pair is the first.
 */
export const headerWords = 8;

/** Every register is saved at an offset from the CFA or unchanged, and SP is the CFA: the words say everything. */
export const plainFlag = 1;
/** The return address is signed (AArch64). */
export const signedFlag = 2;

/** Offsets stay below this, so that an address's distance in a memory window can be added without overflow. */
const offsetLimit = 0x2000_0000;

/** Most words the rules of a row take. */
export function mostWords(architecture: Architecture): number {
  return headerWords + 2 * architecture.columnCount;
}

/** Writes what a row says to `code` from index `at` on, and returns the index behind it. */
export function compileRules(architecture: Architecture, row: Row, id: number, code: Int32Array, at: number): number {
  code[at] = 0;
  code[at + 1] = id;
  const { pc, sp, link, signState } = architecture;
  const offset = row.cfaLo | 0;
  if (
    row.signalFrame ||
    row.cfaKind !== CfaKind.registerOffset ||
    row.cfaHi >>> 0 !== (offset >> 31) >>> 0 ||
    row.returnColumn !== (link >= 0 ? link : pc)
  ) {
    return at + headerWords;
  }
  let first = 0x7fff_ffff;
  let last = -0x7fff_ffff;
  let returnUnit = 0;
  let hasReturnAddress = link >= 0;
  // The pair of a return address on the stack comes first, wherever it stands in the row.
  let end = at + headerWords + (link >= 0 ? 0 : 2);
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
      saved < offsetLimit &&
      saved > -offsetLimit &&
      ruleHi[i] === (saved >> 31) >>> 0;
    if (!isPlain) return at + headerWords;
    if (saved < first) first = saved;
    if (saved > last) last = saved;
    if (column === pc) {
      hasReturnAddress = true;
      returnUnit = saved >> 2;
    } else {
      code[end] = 2 * column;
      code[end + 1] = saved >> 2;
      end += 2;
    }
  }
  if (!hasReturnAddress || first > last) return at + headerWords;
  if (link < 0) {
    code[at + headerWords] = 2 * pc;
    code[at + headerWords + 1] = returnUnit;
  }
  code[at] = plainFlag | ((row.signState & 1) !== 0 ? signedFlag : 0);
  code[at + 2] = 2 * row.cfaColumn;
  code[at + 3] = offset;
  code[at + 4] = first;
  code[at + 5] = last + 8;
  code[at + 6] = end;
  code[at + 7] = returnUnit;
  return end;
}
