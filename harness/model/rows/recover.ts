import type { Architecture } from '../../../engine/architecture/index.ts';
import type { Bytes, SymbolicMemory } from '../memory.ts';
import { constant, known, plus, type Symbols, type Value } from '../value.ts';
import { ExpressionError, evaluate } from './expression.ts';
import type { Malformed, ModelRow, ModelRule } from './row.ts';

/** The registers of a frame by column; undefined where nothing is known of one. */
export type Registers = readonly (Value | undefined)[];

/** What a row is applied to, besides registers. */
export interface RecoveryWorld {
  readonly architecture: Architecture;
  readonly symbols: Symbols;
  readonly memory: SymbolicMemory;
  readonly bytes: Bytes;
  /** Bits of an address that an authentication code takes. */
  readonly pacMaskLo: number;
  readonly pacMaskHi: number;
}

/** The caller's registers; or that there is no caller, or no way to it. */
export type Recovered =
  | { readonly kind: 'caller'; readonly registers: Registers }
  | { readonly kind: 'root' }
  | { readonly kind: 'failed'; readonly why: string };

class RecoveryError extends Error {
  override readonly name = 'RecoveryError';
}

/** Applies a row to a frame's registers (DWARF 5, section 6.4.3): every rule reads the frame's own registers. */
export function recover(row: ModelRow | Malformed, frame: Registers, world: RecoveryWorld): Recovered {
  if ('malformed' in row) return { kind: 'failed', why: row.malformed };
  const { pc } = world.architecture;
  const returnRule = row.rules.get(row.returnColumn);
  if (returnRule?.kind === 'undefined') return { kind: 'root' };
  if (returnRule === undefined && row.returnColumn === pc) return { kind: 'failed', why: 'no rule for the PC' };
  try {
    return { kind: 'caller', registers: callerOf(row, frame, world) };
  } catch (error) {
    if (!(error instanceof RecoveryError || error instanceof ExpressionError)) throw error;
    return { kind: 'failed', why: error.message };
  }
}

function callerOf(row: ModelRow, frame: Registers, world: RecoveryWorld): Registers {
  const { pc, sp, signState } = world.architecture;
  const cfa = cfaOf(row, frame, world);
  const caller = [...frame];
  for (const [column, rule] of row.rules) caller[column] = valueBy(rule, column, cfa, frame, world);
  if (!row.rules.has(sp)) caller[sp] = cfa;
  if (caller[sp] === undefined) throw new RecoveryError('SP is unknown');
  const returnAddress = caller[row.returnColumn];
  if (returnAddress === undefined) throw new RecoveryError('the return address is unknown');
  if (signState >= 0) {
    const byRule = row.rules.has(signState) ? (caller[signState]?.lo ?? 0) : 0;
    if (((row.signState | byRule) & 1) !== 0) caller[row.returnColumn] = stripped(returnAddress, world);
    caller[signState] = constant(0n);
  }
  caller[pc] = caller[row.returnColumn];
  return caller;
}

function cfaOf({ cfa }: ModelRow, frame: Registers, world: RecoveryWorld): Value {
  if (cfa === undefined) throw new RecoveryError('there is no CFA');
  if ('expression' in cfa) return evaluate(cfa.expression, expressionWorld(frame, world));
  const base = frame[cfa.column];
  if (base === undefined) throw new RecoveryError('the base of the CFA is unknown');
  return plus(base, cfa.offset);
}

function valueBy(
  rule: ModelRule,
  column: number,
  cfa: Value,
  frame: Registers,
  world: RecoveryWorld,
): Value | undefined {
  switch (rule.kind) {
    case 'undefined':
      return undefined;
    case 'same':
      return frame[column];
    case 'register':
      return frame[rule.column];
    case 'valOffset':
      return plus(cfa, rule.offset);
    case 'offset':
      return load(plus(cfa, rule.offset), world);
    case 'valExpression':
      return evaluate(rule.expression, expressionWorld(frame, world), cfa);
    case 'expression':
      return load(evaluate(rule.expression, expressionWorld(frame, world), cfa), world);
  }
}

function load(address: Value, { memory, bytes }: RecoveryWorld): Value {
  const value = memory.read(address.lo, address.hi, bytes);
  if (value === undefined) throw new RecoveryError('memory cannot be read');
  return value;
}

function expressionWorld(frame: Registers, { architecture, symbols, memory, bytes }: RecoveryWorld) {
  return {
    register: (dwarf: number) => frame[architecture.dwarfToColumn[dwarf] ?? -1],
    memory: (address: Value, size: number) => {
      if (size === 8) return memory.read(address.lo, address.hi, bytes);
      const part = bytes.read(address.lo, address.hi, size, false);
      return part === undefined ? undefined : { symbol: known, ...part };
    },
    sum: (values: readonly Value[], factors: readonly bigint[]) => symbols.sum(values, factors),
    combine: (values: readonly Value[]) => symbols.combine(values),
  };
}

/** Without the authentication code; an address that has none stays as it is, but for the code's bits. */
function stripped(address: Value, { symbols, pacMaskLo, pacMaskHi }: RecoveryWorld): Value {
  const plain = symbols.unsigned(address) ?? address;
  const isUpper = (plain.hi & 0x80_0000) !== 0;
  return {
    symbol: plain.symbol,
    lo: (isUpper ? plain.lo | pacMaskLo : plain.lo & ~pacMaskLo) >>> 0,
    hi: (isUpper ? plain.hi | pacMaskHi : plain.hi & ~pacMaskHi) >>> 0,
  };
}
