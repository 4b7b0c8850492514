import { describe, expect, it } from 'vitest';
import { type ArchitectureName, architectureByName } from '../../../../engine/architecture/index.ts';
import { CfaKind, formatRow, type Row, RuleKind } from '../../../../engine/index.ts';
import type { Program } from '../../../../generators/program.ts';
import { ruleScenarios } from '../../../../generators/scenarios/rules/index.ts';
import type { Scenario } from '../../../../generators/scenarios/scenario.ts';
import { missingTools } from '../../../tools/external.ts';
import { dumpedFrames, dumpedInstructions, readelf } from '../../cfi/readelf-frames.ts';
import { rowsOf, ruleKinds } from '../rows.ts';
import { describeScenario, scenarioNamed } from '../support.ts';

const scenarioOf = (name: string): Scenario => scenarioNamed(`rules/${name}`);

for (const { name } of ruleScenarios) describeScenario(name);

describe.each(['x86-64', 'aarch64'] as const)('rows on %s', (architecture) => {
  const { calleeSaved, sp, pc, link } = architectureByName(architecture);
  const ofSaved = (row: Row, kind: number) => calleeSaved.some((column) => ruleKinds(row).get(column) === kind);
  const returnColumn = link >= 0 ? link : pc;

  it.each<[string, string, (row: Row) => boolean]>([
    ['same-value-default', 'same_value of a callee-saved register', (row) => ofSaved(row, RuleKind.sameValue)],
    ['register', 'a callee-saved register in another one', (row) => ofSaved(row, RuleKind.register)],
    ['register', 'the return address in a register', (row) => ruleKinds(row).get(returnColumn) === RuleKind.register],
    ['old-values', 'two registers in each other', exchanged],
    ['val-offset', 'CFA + N as a value', (row) => ofSaved(row, RuleKind.valOffset)],
    ['val-expression', 'the CFA of an empty expression', emptyExpression],
    ['expression', 'a slot an expression names', (row) => ofSaved(row, RuleKind.expression)],
    ['cfa-expression', 'a CFA by expression', (row) => row.cfaKind === CfaKind.expression],
    ['stack-pointer', 'SP saved at an offset', (row) => ruleKinds(row).get(sp) === RuleKind.offset],
    ['stack-pointer', 'SP by an expression', (row) => ruleKinds(row).get(sp) === RuleKind.valExpression],
    ['stack-pointer', 'SP in a register', (row) => ruleKinds(row).get(sp) === RuleKind.register],
    ['stack-pointer', 'SP as CFA + N', (row) => ruleKinds(row).get(sp) === RuleKind.valOffset],
    ['register-chain', 'a register in another one that is itself elsewhere', chained],
    ['cfa-kinds', 'a CFA by expression', (row) => row.cfaKind === CfaKind.expression],
    ['cfa-kinds', 'a CFA by register', (row) => row.cfaKind === CfaKind.registerOffset],
    [
      'return-address-slot',
      'a return address in memory',
      (row) => ruleKinds(row).get(returnColumn) === RuleKind.offset,
    ],
    ['args-size', 'arguments on the stack', (row) => row.argsSize > 0],
  ])('rules/%s has %s', (name, _, has) => {
    expect([...rowsOf(`rules/${name}`, architecture)].some(has)).toBe(true);
  });
});

describe('rules/sign-state-expression', () => {
  it('sets RA_SIGN_STATE by an expression only', () => {
    const { signState } = architectureByName('aarch64');
    const rows = [...rowsOf('rules/sign-state-expression', 'aarch64')];
    expect(rows.some((row) => ruleKinds(row).get(signState) === RuleKind.valExpression)).toBe(true);
    expect(rows.every((row) => row.signState === 0)).toBe(true);
  });
});

function chained(row: Row): boolean {
  const kinds = ruleKinds(row);
  return row.ruleKind
    .subarray(0, row.ruleCount)
    .some((kind, i) => kind === RuleKind.register && kinds.get(row.ruleLo[i]!) === RuleKind.register);
}

function exchanged(row: Row): boolean {
  const sources = new Map<number, number>();
  for (let i = 0; i < row.ruleCount; i++) {
    if (row.ruleKind[i] === RuleKind.register) sources.set(row.ruleColumn[i]!, row.ruleLo[i]!);
  }
  return [...sources].some(([column, source]) => sources.get(source) === column);
}

function emptyExpression(row: Row): boolean {
  return row.ruleKind
    .subarray(0, row.ruleCount)
    .some((kind, i) => kind === RuleKind.valExpression && row.ruleHi[i] === 0);
}

describe('operations of expressions', () => {
  const named = (architecture: ArchitectureName) => {
    const names = new Set<string>();
    for (const { name } of ruleScenarios.filter((scenario) => scenario.name.includes('/expression-'))) {
      for (const row of rowsOf(name, architecture, 20)) {
        const text = formatRow(row, architectureByName(architecture));
        for (const [, words] of text.matchAll(/\{([^}]*)\}/g)) {
          for (const word of words!.split(' ')) names.add(word.replace(/\(.*/, ''));
        }
      }
    }
    return names;
  };

  // DWARF 5, section 6.4.2, leaves out those that need an object, a type, a thread or another expression.
  it.each(['x86-64', 'aarch64'] as const)('all that call frame information may use are there on %s', (architecture) => {
    const constants = ['addr', 'const1u', 'const1s', 'const2u', 'const2s', 'const4u', 'const4s', 'const8u', 'const8s'];
    const moves = ['constu', 'consts', 'dup', 'drop', 'over', 'pick', 'swap', 'rot', 'deref', 'deref_size', 'nop'];
    const unary = ['abs', 'neg', 'not', 'plus_uconst'];
    const binary = ['and', 'div', 'minus', 'mod', 'mul', 'or', 'plus', 'shl', 'shr', 'shra', 'xor'];
    const flow = ['le', 'ge', 'eq', 'lt', 'gt', 'ne', 'skip', 'bra'];
    const literals = Array.from({ length: 32 }, (_, i) => `lit${i}`);
    const all = [...constants, ...moves, ...unary, ...binary, ...flow];
    const names = named(architecture);
    expect([...names]).toEqual(expect.arrayContaining(all));
    expect(literals.filter((name) => names.has(name)).length).toBeGreaterThan(8);
  });
});

describe('rules/entangled-registers', () => {
  it.each(['x86-64', 'aarch64'] as const)('has rules that read registers other rules write, on %s', (architecture) => {
    const { calleeSaved } = architectureByName(architecture);
    const rows = [...rowsOf('rules/entangled-registers', architecture)];
    const computed = rows.map(
      (row) => calleeSaved.filter((column) => ruleKinds(row).get(column) === RuleKind.valExpression).length,
    );
    expect(Math.max(...computed)).toBeGreaterThan(1);
  });
});

const missing = missingTools(...Object.values(readelf));

describe.skipIf(missing.length > 0)(`opcodes, by readelf (missing: ${missing.join(', ') || 'nothing'})`, () => {
  /** Names of the opcodes in the FDEs of a scenario's programs. */
  const opcodesOf = (name: string, architecture: Program['architecture']) => {
    const names = new Set<string>();
    for (let index = 0; index < 10; index++) {
      const dump = dumpedFrames(architecture, scenarioOf(name).generate(architecture, index, '1').image);
      for (const instruction of dumpedInstructions(dump)) names.add(instruction.split(/[: ]/)[0]!);
    }
    return names;
  };

  it.each(['x86-64', 'aarch64'] as const)(
    'every one that moves the location, or has an offset, on %s',
    (architecture) => {
      const advances = ['advance_loc', 'advance_loc1', 'advance_loc2', 'advance_loc4', 'MIPS_advance_loc8', 'set_loc'];
      const offsets = ['offset', 'offset_extended', 'offset_extended_sf', 'GNU_negative_offset_extended'];
      const cfas = ['def_cfa', 'def_cfa_sf', 'def_cfa_offset', 'def_cfa_offset_sf', 'val_offset_sf'];
      const prefixed = (names: string[]) => names.map((name) => `DW_CFA_${name}`);
      expect([...opcodesOf('advance-forms', architecture)]).toEqual(expect.arrayContaining(prefixed(advances)));
      expect([...opcodesOf('factored', architecture)]).toEqual(expect.arrayContaining(prefixed([...offsets, ...cfas])));
      expect(opcodesOf('args-size', architecture)).toContain('DW_CFA_GNU_args_size');
    },
  );
});
