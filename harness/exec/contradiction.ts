import { type Architecture, CfaKind, type Row, RuleKind } from '../../engine/index.ts';
import type { Failure } from '../runner/failure-groups.ts';
import type { Stop } from '../stop.ts';
import { readColumn } from '../truth/address.ts';
import type { TrueFrame } from '../truth/frame.ts';

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
  const column = divergence.kind === 'early' ? pc : divergence.column;
  const caller = divergence.kind === 'early' ? behind(stop, from) : undefined;
  const expected =
    caller === undefined
      ? (BigInt(divergence.expectedHi) << 32n) | BigInt(divergence.expectedLo)
      : readColumn(caller.registers, pc);
  const value = frame.value(column);
  if (value === 'undecided') return 'undecided';
  if (typeof value !== 'bigint') return 'contradicts';
  return value === expected ? 'agrees' : 'contradicts';
}

function behind(stop: Stop, from: TrueFrame | undefined): TrueFrame | undefined {
  return (from === undefined ? stop.callers : from.behind) ?? undefined;
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
        return typeof address === 'bigint' ? this.#read(address) : address;
      }
      case RuleKind.valOffset:
        return this.#fromCfa(row, lo, hi);
      default:
        return 'undecided';
    }
  }

  #fromCfa(row: Row, lo: number, hi: number): Value {
    const cfa = this.#cfa(row);
    return typeof cfa === 'bigint' ? BigInt.asUintN(64, cfa + join(lo, hi)) : cfa;
  }

  #cfa(row: Row): Value {
    if (row.cfaKind !== CfaKind.registerOffset) return row.cfaKind === CfaKind.undefined ? 'undefined' : 'undecided';
    const base = this.#register(row.cfaColumn);
    return typeof base === 'bigint' ? BigInt.asUintN(64, base + join(row.cfaLo, row.cfaHi)) : base;
  }

  #register(column: number): Value {
    if (this.#from === undefined) return readColumn(this.#stop.registers, column);
    return this.#from.compared[column] === 1 ? readColumn(this.#from.registers, column) : 'undecided';
  }

  #read(address: bigint): Value {
    const lo = Number(address & 0xffffffffn);
    const hi = Number(address >> 32n);
    const window = this.#stop.memory.find(lo, hi, 8);
    return window === undefined ? 'unreadable' : window.view.getBigUint64(window.offsetOf(lo, hi, 8), true);
  }

  #pacMask(): bigint {
    return join(this.#stop.pacMaskLo, this.#stop.pacMaskHi);
  }
}

const join = (lo: number, hi: number): bigint => (BigInt(hi >>> 0) << 32n) | BigInt(lo >>> 0);
