import type { RuleSets } from '../../../cache/rule-sets.ts';
import { noRow } from '../../../encoding/function-table.ts';
import { CfaKind, Row, RuleKind } from '../../../row/row.ts';
import { lastSlot, positionOfColumn, withSlot } from './saved-registers.ts';

/** In `cfa`: CFA = RBP + 16. Otherwise it is RSP + 8 * what stands there. */
export const cfaFromFp = 0;
/** In `cfa`: no descriptor can say what the row says. */
export const unspeakable = -1;

/** What distinct rows say, in the terms of descriptors; each is looked at once. */
export class RowClasses {
  readonly sets: RuleSets;
  /** By set: units of 8 bytes from RSP to the CFA, or one of the above. */
  cfa = new Int32Array(64);
  /** By set: the registers saved, packed. */
  saved = new Int32Array(64);
  readonly #reasons = new Map<number, string>();
  readonly #row: Row;
  #count = 0;

  constructor(sets: RuleSets) {
    this.sets = sets;
    this.#row = new Row(sets.architecture.columnCount);
  }

  /** Looks at the sets made since. */
  update(): void {
    const { count } = this.sets;
    if (count > this.cfa.length) {
      this.cfa = larger(this.cfa, 2 * count);
      this.saved = larger(this.saved, 2 * count);
    }
    for (; this.#count < count; this.#count++) {
      const set = this.#count;
      this.sets.fill(set, this.#row);
      const reason = this.#classify(set, this.#row);
      if (reason === undefined) continue;
      this.cfa[set] = unspeakable;
      this.#reasons.set(set, reason);
    }
  }

  /** Why no descriptor can say what a set says. */
  reason(set: number): string {
    return set === noRow ? 'no row' : this.#reasons.get(set)!;
  }

  #classify(set: number, row: Row): string | undefined {
    const { pc, sp, fp } = this.sets.architecture;
    if (row.signalFrame) return 'signal frame';
    if (row.argsSize !== 0) return 'args size';
    if (row.returnColumn !== pc) return 'return address column';
    if (row.cfaKind === CfaKind.expression) return 'CFA is an expression';
    if (row.cfaKind !== CfaKind.registerOffset) return 'no CFA';
    const offset = row.cfaLo;
    if (row.cfaColumn === fp) {
      if (offset !== 16 || row.cfaHi !== 0) return 'CFA is not rbp+16';
      this.cfa[set] = cfaFromFp;
    } else if (row.cfaColumn === sp) {
      if (row.cfaHi !== 0 || offset === 0 || offset > 0x7fff_ffff) return 'CFA below rsp+8';
      if ((offset & 7) !== 0) return 'CFA is no multiple of 8 from rsp';
      this.cfa[set] = offset >>> 3;
    } else return 'CFA in another register';
    return this.#classifyRules(set, row);
  }

  #classifyRules(set: number, row: Row): string | undefined {
    const { pc } = this.sets.architecture;
    let saved = 0;
    let hasReturnAddress = false;
    for (let i = 0; i < row.ruleCount; i++) {
      const column = row.ruleColumn[i]!;
      const kind = row.ruleKind[i]!;
      const offset = row.ruleLo[i]! | 0;
      const isNearSlot = kind === RuleKind.offset && row.ruleHi[i] === 0xffffffff && offset < 0 && (offset & 7) === 0;
      if (column === pc) {
        if (kind === RuleKind.undefined) return 'undefined return address';
        if (!isNearSlot || offset !== -8) return 'return address elsewhere';
        hasReturnAddress = true;
      } else if (kind !== RuleKind.sameValue) {
        if (kind === RuleKind.undefined) return 'undefined register';
        if (kind === RuleKind.expression || kind === RuleKind.valExpression) return 'register by expression';
        const position = positionOfColumn[column]!;
        if (position < 0) return 'a register that is not callee-saved';
        const slot = -offset / 8 - 1;
        if (!isNearSlot || slot < 1 || slot > lastSlot) return 'register elsewhere';
        saved = withSlot(saved, position, slot);
      }
    }
    this.saved[set] = saved;
    return hasReturnAddress ? undefined : 'return address elsewhere';
  }
}

function larger(words: Int32Array, length: number): Int32Array<ArrayBuffer> {
  const copy = new Int32Array(length);
  copy.set(words);
  return copy;
}
