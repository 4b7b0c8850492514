import type { RuleSets } from '../../../cache/rule-sets.ts';
import { noRow } from '../../../encoding/function-table.ts';
import { CfaKind, Row, RuleKind } from '../../../row/row.ts';
import { mostArgs, mostEndUnits } from '../extended-fields.ts';
import { pltOffset } from '../plt-expression.ts';
import { cfaFromFp, endCode, mostUnits, pltCode, unspeakable, withArgs } from './cfa-codes.ts';
import { lastSlot, positionOfColumn, withSlot } from './saved-registers.ts';

/** What distinct rows say, in the terms of descriptors; each is looked at once. */
export class RowClasses {
  readonly sets: RuleSets;
  /** By set: see `cfa-codes.ts`. */
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

  /** Why no descriptor can say what a set says or, if ours can, why no published one can. */
  reason(set: number): string {
    return set === noRow ? 'no row' : this.#reasons.get(set)!;
  }

  #classify(set: number, row: Row): string | undefined {
    const { pc, sp, fp } = this.sets.architecture;
    if (row.signalFrame) return 'signal frame';
    if (row.returnColumn !== pc) return 'return address column';
    if (row.cfaKind === CfaKind.expression) return this.#classifyExpression(set, row);
    if (row.cfaKind !== CfaKind.registerOffset) return 'no CFA';
    const offset = row.cfaLo;
    if (row.cfaColumn === fp) {
      if (offset !== 16 || row.cfaHi !== 0) return 'CFA is not rbp+16';
      this.cfa[set] = cfaFromFp;
    } else if (row.cfaColumn === sp) {
      if (row.cfaHi !== 0 || offset === 0 || offset > 8 * mostUnits) return 'CFA below rsp+8';
      if ((offset & 7) !== 0) return 'CFA is no multiple of 8 from rsp';
      this.cfa[set] = offset >>> 3;
    } else return 'CFA in another register';
    return this.#classifyRules(set, row) ?? this.#classifyArgs(set, row);
  }

  #classifyExpression(set: number, row: Row): string | undefined {
    const offset = pltOffset(row.bytes, row.cfaLo, row.cfaHi);
    const reason = this.#classifyRules(set, row);
    if (reason !== undefined) return reason;
    if (offset < 0 || this.saved[set] !== 0 || row.argsSize !== 0) return 'CFA is an expression';
    this.cfa[set] = pltCode(offset);
    this.#reasons.set(set, 'CFA is an expression');
    return undefined;
  }

  #classifyArgs(set: number, row: Row): string | undefined {
    if (row.argsSize === 0) return undefined;
    const isEnd = this.#reasons.has(set);
    if ((row.argsSize & 7) !== 0 || row.argsSize > 8 * mostArgs || isEnd) return 'args size';
    this.cfa[set] = withArgs(this.cfa[set]!, row.argsSize / 8);
    this.#reasons.set(set, 'args size');
    return undefined;
  }

  /** There is no caller, and nothing is saved. */
  #classifyEnd(set: number, row: Row): string | undefined {
    const units = this.cfa[set]!;
    const isPlain = row.cfaKind === CfaKind.registerOffset && units > 0 && row.ruleCount === 1;
    if (!isPlain || units > mostEndUnits) return 'undefined return address';
    this.cfa[set] = endCode(units);
    this.saved[set] = 0;
    this.#reasons.set(set, 'undefined return address');
    return undefined;
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
        if (kind === RuleKind.undefined) return this.#classifyEnd(set, row);
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
