import { CfaKind, type Row, RuleKind } from '../../engine/index.ts';
import type { Stop } from '../stop.ts';
import { readColumn } from '../truth/address.ts';
import type { TrueFrame } from '../truth/frame.ts';
import { evaluateSimply, readWord } from './simple-expression.ts';

/**
 * A register by a row: its value, `unreadable` where it is in memory that cannot be read, `undefined` where the row or
 * an inner one says that it is lost, `undecided` where it depends on what is not known here.
 */
export type Value = bigint | 'undefined' | 'unreadable' | 'undecided';

/** The true registers of a frame, by column: `from`, or the stop's own frame. */
export function trueRegisters(stop: Stop, from: TrueFrame | undefined): Value[] {
  const { columnCount, pc, sp, signState } = stop.architecture;
  return Array.from({ length: columnCount }, (_, column) => {
    if (from === undefined) return readColumn(stop.registers, column);
    // Signing is each frame's own affair: outer frames start unsigned.
    if (column === signState) return 0n;
    const isTold = column === pc || column === sp || from.compared[column] === 1;
    return isTold ? readColumn(from.registers, column) : 'undecided';
  });
}

/**
 * The caller's registers, by column, as a row has them: evaluated apart from the engine's own way of applying rows.
 * `registers` are those of the frame the row holds for.
 */
export function applyByHand(row: Row, registers: readonly Value[], stop: Stop): Value[] {
  const { pc, sp, signState } = stop.architecture;
  const cfa = cfaByHand(row, registers, stop);
  const caller = [...registers];
  caller[sp] = cfa;
  for (let rule = 0; rule < row.ruleCount; rule++) {
    caller[row.ruleColumn[rule]!] = ruleValue(row, rule, cfa, registers, stop);
  }
  const { returnColumn } = row;
  caller[returnColumn] = withoutCode(row, caller, stop);
  caller[pc] = caller[returnColumn];
  if (signState >= 0) caller[signState] = 0n;
  return caller;
}

/** The CFA of the frame a row holds for. */
export function cfaByHand(row: Row, registers: readonly Value[], stop: Stop): Value {
  if (row.cfaKind === CfaKind.undefined) return 'undefined';
  if (row.cfaKind === CfaKind.expression) return evaluate(row, row.cfaLo, row.cfaHi, [], registers, stop);
  return plus(registers[row.cfaColumn]!, join(row.cfaLo, row.cfaHi));
}

function ruleValue(row: Row, rule: number, cfa: Value, registers: readonly Value[], stop: Stop): Value {
  const lo = row.ruleLo[rule]!;
  const hi = row.ruleHi[rule]!;
  switch (row.ruleKind[rule]) {
    case RuleKind.undefined:
      return 'undefined';
    case RuleKind.sameValue:
      return registers[row.ruleColumn[rule]!]!;
    case RuleKind.register:
      return registers[lo]!;
    case RuleKind.offset:
      return load(plus(cfa, join(lo, hi)), stop);
    case RuleKind.valOffset:
      return plus(cfa, join(lo, hi));
    case RuleKind.valExpression:
      return typeof cfa === 'bigint' ? evaluate(row, lo, hi, [cfa], registers, stop) : cfa;
    default:
      return typeof cfa === 'bigint' ? load(evaluate(row, lo, hi, [cfa], registers, stop), stop) : cfa;
  }
}

function evaluate(
  row: Row,
  position: number,
  length: number,
  initial: readonly bigint[],
  registers: readonly Value[],
  stop: Stop,
): Value {
  const code = row.bytes.subarray(position, position + length);
  const register = (dwarf: number): bigint | undefined => {
    const value = registers[stop.architecture.dwarfToColumn[dwarf] ?? -1];
    return typeof value === 'bigint' ? value : undefined;
  };
  return evaluateSimply(code, initial, register, stop.memory);
}

/** The return address without its authentication code, whose bits are copies of bit 55 in a valid address. */
function withoutCode(row: Row, caller: readonly Value[], stop: Stop): Value {
  const address = caller[row.returnColumn]!;
  const { signState } = stop.architecture;
  if (signState < 0 || typeof address !== 'bigint') return address;
  const byRule = caller[signState]!;
  if (byRule === 'undecided') return byRule;
  const state = BigInt(row.signState) | (typeof byRule === 'bigint' ? byRule : 0n);
  if ((state & 1n) === 0n) return address;
  const mask = join(stop.pacMaskLo, stop.pacMaskHi);
  return (address & (1n << 55n)) === 0n ? address & ~mask : address | mask;
}

function load(address: Value, stop: Stop): Value {
  return typeof address === 'bigint' ? readWord(stop.memory, address) : address;
}

function plus(value: Value, offset: bigint): Value {
  return typeof value === 'bigint' ? BigInt.asUintN(64, value + offset) : value;
}

const join = (lo: number, hi: number): bigint => (BigInt(hi >>> 0) << 32n) | BigInt(lo >>> 0);
