import { type Architecture, CfaKind, type Row, RuleKind } from '../../engine/index.ts';
import type { Failure } from '../runner/failure-groups.ts';
import type { Stop } from '../stop.ts';
import { readColumn } from '../truth/address.ts';
import type { TrueFrame } from '../truth/frame.ts';
import { evaluateSimply, readWord } from './simple-expression.ts';

/**
 * Whether the row that held at a failing step gives what execution showed: `contradicts` – the row itself is wrong,
 * so whoever wrote the CFI is to blame; `agrees` – the row is right, so the engine did not do what it says;
 * `undecided` – the row needs an expression or a value execution does not tell.
 */
export type Contradiction = 'contradicts' | 'agrees' | 'undecided';

/** A value a row gives; `unreadable` memory and an `undefined` register are answers too. */
type Value = bigint | 'undefined' | 'unreadable' | 'undecided';

/**
 * Evaluates a row by hand, apart from the engine's own way of applying rows, from the true registers of the frame it
 * belongs to: `from`, or the stop's own frame. `row` is undefined where nothing covers the address.
 */
export function contradictionOf(failure: Failure, from: TrueFrame | undefined, row: Row | undefined): Contradiction {
  const { divergence, stop } = failure;
  if (divergence === undefined) return 'undecided';
  const frame = new TrueRow(stop, from, row);
  const { pc } = stop.architecture;
  if (divergence.kind === 'far') {
    return row === undefined || frame.value(pc) === 'undefined' ? 'agrees' : 'contradicts';
  }
  if (divergence.kind === 'ending') {
    if (stop.ending !== 'root' || row === undefined) return row === undefined ? 'contradicts' : 'undecided';
    return frame.value(pc) === 'undefined' ? 'agrees' : 'contradicts';
  }
  if (row === undefined) return 'contradicts';
  if (divergence.kind === 'register') {
    const expected = (BigInt(divergence.expectedHi) << 32n) | BigInt(divergence.expectedLo);
    return verdictOf(frame.value(divergence.column), expected);
  }
  // The walk stopped here: any register the row gets wrong may have ended it.
  const caller = from === undefined ? stop.callers : from.behind;
  if (caller === null) return 'undecided';
  const { sp, calleeSaved } = stop.architecture;
  const verdicts = [pc, sp, ...calleeSaved]
    .filter((column) => column === pc || column === sp || caller.compared[column] === 1)
    .map((column) => verdictOf(frame.value(column), readColumn(caller.registers, column)));
  if (verdicts.includes('contradicts')) return 'contradicts';
  return verdicts.includes('undecided') ? 'undecided' : 'agrees';
}

function verdictOf(value: Value, expected: bigint): Contradiction {
  if (value === 'undecided') return 'undecided';
  return value === expected ? 'agrees' : 'contradicts';
}

/** A row with the true registers of the frame it holds for. */
class TrueRow {
  readonly #stop: Stop;
  readonly #from: TrueFrame | undefined;
  readonly #row: Row | undefined;
  readonly #architecture: Architecture;

  constructor(stop: Stop, from: TrueFrame | undefined, row: Row | undefined) {
    this.#stop = stop;
    this.#from = from;
    this.#row = row;
    this.#architecture = stop.architecture;
  }

  /** A register of the caller, as the row has it. */
  value(column: number): Value {
    const row = this.#row;
    if (row === undefined) return 'undefined';
    const { pc, sp } = this.#architecture;
    const ruleColumn = column === pc ? row.returnColumn : column;
    let value = this.#ruleValue(row, ruleColumn);
    if (value === undefined) value = column === sp ? this.#cfa(row) : this.#register(ruleColumn);
    return column === pc && typeof value === 'bigint' ? value & ~this.#pacMask() : value;
  }

  #ruleValue(row: Row, column: number): Value | undefined {
    const index = row.ruleColumn.subarray(0, row.ruleCount).indexOf(column);
    if (index < 0) return undefined;
    const lo = row.ruleLo[index]!;
    const hi = row.ruleHi[index]!;
    switch (row.ruleKind[index]) {
      case RuleKind.undefined:
        return 'undefined';
      case RuleKind.sameValue:
        return this.#register(column);
      case RuleKind.register:
        return this.#register(lo);
      case RuleKind.offset: {
        const address = this.#fromCfa(row, lo, hi);
        return typeof address === 'bigint' ? readWord(this.#stop.memory, address) : address;
      }
      case RuleKind.valOffset:
        return this.#fromCfa(row, lo, hi);
      default: {
        const cfa = this.#cfa(row);
        if (typeof cfa !== 'bigint') return cfa;
        const value = this.#evaluate(row, lo, hi, [cfa]);
        if (typeof value !== 'bigint' || row.ruleKind[index] === RuleKind.valExpression) return value;
        return readWord(this.#stop.memory, value);
      }
    }
  }

  #fromCfa(row: Row, lo: number, hi: number): Value {
    const cfa = this.#cfa(row);
    return typeof cfa === 'bigint' ? BigInt.asUintN(64, cfa + join(lo, hi)) : cfa;
  }

  #cfa(row: Row): Value {
    if (row.cfaKind === CfaKind.undefined) return 'undefined';
    if (row.cfaKind === CfaKind.expression) return this.#evaluate(row, row.cfaLo, row.cfaHi, []);
    const base = this.#register(row.cfaColumn);
    return typeof base === 'bigint' ? BigInt.asUintN(64, base + join(row.cfaLo, row.cfaHi)) : base;
  }

  #register(column: number): Value {
    if (column < 0) return 'undecided';
    if (this.#from === undefined) return readColumn(this.#stop.registers, column);
    return this.#from.compared[column] === 1 ? readColumn(this.#from.registers, column) : 'undecided';
  }

  #evaluate(row: Row, position: number, length: number, initial: readonly bigint[]): Value {
    const code = row.bytes.subarray(position, position + length);
    const register = (dwarf: number): bigint | undefined => {
      const value = this.#register(this.#architecture.dwarfToColumn[dwarf] ?? -1);
      return typeof value === 'bigint' ? value : undefined;
    };
    return evaluateSimply(code, initial, register, this.#stop.memory);
  }

  #pacMask(): bigint {
    return join(this.#stop.pacMaskLo, this.#stop.pacMaskHi);
  }
}

const join = (lo: number, hi: number): bigint => (BigInt(hi >>> 0) << 32n) | BigInt(lo >>> 0);
