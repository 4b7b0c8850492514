import type { Architecture } from '../architecture/index.ts';
import { type CurrentFrame, hex } from '../current-frame.ts';
import { ExpressionEvaluator } from '../dwarf/expression.ts';
import { UnwindError, type UnwindErrorKind } from '../errors.ts';
import { stripReturnAddress } from './return-address.ts';
import { CfaKind, type Row, RuleKind } from './row.ts';

/** What a register of the caller was taken from: see `RowApplier.sources`. */
export const ValueSource = { unchanged: 0, memory: 1, register: 2, computed: 3 } as const;

/**
 * Turns a row and a frame into the registers of the frame's caller (DWARF 5, section 6.4.3). All rules read the
 * current frame's registers and write the caller's, which lie elsewhere: no rule sees another's result.
 */
export class RowApplier {
  /** CFA of the last frame a row was applied to: low half, high half. */
  readonly cfa = new Uint32Array(2);
  /** By column, where each register of the caller came from, when a row was last applied: a `ValueSource`. */
  readonly sources: Uint8Array;
  /** By column, low and high half: the address of what came from memory; the column (and 0) of what came from a register. */
  readonly places: Uint32Array;
  readonly #architecture: Architecture;
  readonly #evaluator: ExpressionEvaluator;

  constructor(architecture: Architecture) {
    this.#architecture = architecture;
    this.sources = new Uint8Array(architecture.columnCount);
    this.places = new Uint32Array(2 * architecture.columnCount);
    this.#evaluator = new ExpressionEvaluator(architecture);
  }

  /**
   * Writes the registers of the caller to the same buffers at column index `caller`; false where there is no caller
   * (the return address is undefined). Registers without a rule keep their value, SP without one is the CFA, the
   * caller's PC is the return address without its authentication code. Throws `UnwindError`: `unreadable` for memory
   * that cannot be read and for a CFA, SP or PC that depends on an unknown register, `invalid` for rows without a
   * CFA or without any way to the return address, and whatever an expression throws.
   */
  apply(row: Row, frame: CurrentFrame, caller: number): boolean {
    const { columnCount, pc, sp, signState } = this.#architecture;
    let stackPointerRule = false;
    let returnAddressRule = false;
    for (let i = 0; i < row.ruleCount; i++) {
      const column = row.ruleColumn[i]!;
      if (column === sp) stackPointerRule = true;
      if (column === row.returnColumn) {
        if (row.ruleKind[i] === RuleKind.undefined) return false;
        returnAddressRule = true;
      }
    }
    if (row.returnColumn === pc && !returnAddressRule)
      throw this.#error('invalid', row, 'a rule for the return address');

    this.#computeCfa(row, frame);
    const { values, known, base } = frame;
    values.copyWithin(2 * caller, 2 * base, 2 * (base + columnCount));
    known.copyWithin(caller, base, base + columnCount);
    this.sources.fill(ValueSource.unchanged);
    this.#applyRules(row, frame, caller);

    if (!stackPointerRule) {
      values[2 * (caller + sp)] = this.cfa[0]!;
      values[2 * (caller + sp) + 1] = this.cfa[1]!;
      known[caller + sp] = 1;
    } else if (known[caller + sp] !== 1) throw this.#unknownRegister(row, sp);
    if (known[caller + row.returnColumn] !== 1) throw this.#unknownRegister(row, row.returnColumn);
    if (signState >= 0) stripReturnAddress(row, frame, caller + row.returnColumn, caller + signState);
    if (row.returnColumn !== pc) {
      values[2 * (caller + pc)] = values[2 * (caller + row.returnColumn)]!;
      values[2 * (caller + pc) + 1] = values[2 * (caller + row.returnColumn) + 1]!;
      known[caller + pc] = 1;
    }
    return true;
  }

  #computeCfa(row: Row, frame: CurrentFrame): void {
    const { cfa } = this;
    if (row.cfaKind === CfaKind.registerOffset) {
      const index = frame.base + row.cfaColumn;
      if (frame.known[index] !== 1) throw this.#unknownRegister(row, row.cfaColumn);
      const sum = frame.values[2 * index]! + (row.cfaLo >>> 0);
      cfa[0] = sum;
      cfa[1] = frame.values[2 * index + 1]! + row.cfaHi + (sum > 0xffffffff ? 1 : 0);
    } else if (row.cfaKind === CfaKind.expression) {
      this.#evaluator.evaluate(frame, row.bytes, row.section, row.cfaLo, row.cfaHi, undefined);
      cfa[0] = this.#evaluator.result[0]!;
      cfa[1] = this.#evaluator.result[1]!;
    } else throw this.#error('invalid', row, 'a rule for the CFA');
  }

  #applyRules(row: Row, frame: CurrentFrame, caller: number): void {
    const { values, known, memory } = frame;
    const { ruleColumn, ruleKind, ruleLo, ruleHi, ruleCount } = row;
    const cfaLo = this.cfa[0]!;
    const cfaHi = this.cfa[1]!;
    for (let i = 0; i < ruleCount; i++) {
      // Nearly all rules are of this kind: they are followed here, without a call for each.
      if (ruleKind[i] === RuleKind.offset) {
        const target = caller + ruleColumn[i]!;
        const sum = cfaLo + ruleLo[i]!;
        const hi = (cfaHi + ruleHi[i]! + (sum > 0xffffffff ? 1 : 0)) >>> 0;
        if (!memory.read64(sum >>> 0, hi, values, 2 * target)) throw this.#unreadable(row, ruleColumn[i]!, sum, hi);
        known[target] = 1;
        this.#note(ruleColumn[i]!, ValueSource.memory, sum, hi);
      } else this.#applyRule(row, i, frame, caller);
    }
  }

  #applyRule(row: Row, rule: number, frame: CurrentFrame, caller: number): void {
    const { values, known, base } = frame;
    const column = row.ruleColumn[rule]!;
    const target = caller + column;
    const lo = row.ruleLo[rule]!;
    const hi = row.ruleHi[rule]!;
    this.#note(column, ValueSource.computed, 0, 0);
    switch (row.ruleKind[rule]) {
      case RuleKind.undefined:
        known[target] = 0;
        return;
      case RuleKind.sameValue:
        this.#note(column, ValueSource.unchanged, 0, 0);
        return;
      case RuleKind.valOffset: {
        const sum = this.cfa[0]! + lo;
        values[2 * target] = sum;
        values[2 * target + 1] = this.cfa[1]! + hi + (sum > 0xffffffff ? 1 : 0);
        known[target] = 1;
        return;
      }
      case RuleKind.register:
        values[2 * target] = values[2 * (base + lo)]!;
        values[2 * target + 1] = values[2 * (base + lo) + 1]!;
        known[target] = known[base + lo]!;
        this.#note(column, ValueSource.register, lo, 0);
        return;
      case RuleKind.expression: {
        const { result } = this.#evaluator;
        this.#evaluator.evaluate(frame, row.bytes, row.section, lo, hi, this.cfa);
        if (!frame.memory.read64(result[0]!, result[1]!, values, 2 * target)) {
          throw this.#unreadable(row, column, result[0]!, result[1]!);
        }
        known[target] = 1;
        this.#note(column, ValueSource.memory, result[0]!, result[1]!);
        return;
      }
      case RuleKind.valExpression: {
        const { result } = this.#evaluator;
        this.#evaluator.evaluate(frame, row.bytes, row.section, lo, hi, this.cfa);
        values[2 * target] = result[0]!;
        values[2 * target + 1] = result[1]!;
        known[target] = 1;
        return;
      }
      default:
        throw this.#error('invalid', row, `a known kind of rule, found ${row.ruleKind[rule]}`);
    }
  }

  #note(column: number, source: number, lo: number, hi: number): void {
    this.sources[column] = source;
    this.places[2 * column] = lo;
    this.places[2 * column + 1] = hi;
  }

  #unreadable(row: Row, column: number, lo: number, hi: number): UnwindError {
    const name = this.#architecture.columnNames[column];
    return this.#error('unreadable', row, `the caller's ${name} in 8 readable bytes at ${hex(lo, hi)}`);
  }

  #unknownRegister(row: Row, column: number): UnwindError {
    return this.#error('unreadable', row, `a known value of ${this.#architecture.columnNames[column]}`);
  }

  #error(kind: UnwindErrorKind, row: Row, expectation: string): UnwindError {
    const where = `in the row at ${hex(row.startLo, row.startHi)}`;
    return new UnwindError(kind, row.section, -1, `expected ${expectation} ${where}`);
  }
}
