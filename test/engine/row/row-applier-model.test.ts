import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { CurrentFrame } from '../../../engine/current-frame.ts';
import { type Architecture, aarch64, Memory, Row, RowApplier, UnwindError, x86_64 } from '../../../engine/index.ts';
import { ValueSource } from '../../../engine/row/row-applier.ts';
import { fillRow, type HandMadeRow, type HandMadeRule, hi, lo, wordWindow } from '../hand-made.ts';

const u64 = (value: bigint): bigint => BigInt.asUintN(64, value);
const plus = 0x22;
const consts = 0x11;

function sleb(value: bigint): number[] {
  const byte = Number(BigInt.asUintN(7, value));
  const rest = value >> 7n;
  return (rest === 0n && byte < 0x40) || (rest === -1n && byte >= 0x40) ? [byte] : [byte | 0x80, ...sleb(rest)];
}

/** A rule, and what it means: the model's side of it, on plain numbers of 64 bits. */
type Rule =
  | { readonly kind: 'undefined' | 'sameValue' }
  | { readonly kind: 'offset' | 'valOffset' | 'expression'; readonly by: bigint }
  | { readonly kind: 'register'; readonly from: string }
  | { readonly kind: 'valExpression'; readonly from: string; readonly by: bigint };

interface Case {
  readonly start: bigint;
  readonly values: readonly bigint[];
  readonly unknown: readonly string[];
  readonly words: readonly bigint[];
  readonly cfa: { readonly register: string; readonly offset: bigint; readonly byExpression: boolean };
  readonly rules: ReadonlyMap<string, Rule>;
  readonly signState: number;
  readonly mask: bigint;
  readonly base: number;
  readonly caller: number;
}

const wordCount = 16;
/** The CFA lies in the middle of the memory. */
const middle = 64n;

const edges = [0n, 1n, 8n, 0xffff_ffffn, 0x1_0000_0000n, 2n ** 63n, 2n ** 64n - 1n, 2n ** 64n - 8n];
const anyValue = fc.oneof(fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }), fc.constantFrom(...edges));
const anyOffset = anyValue.map((value) => BigInt.asIntN(64, value));

/** Memory at a place of its own, below, at and across multiples of 2^32, aligned or not, and in the upper half. */
const anyStart = fc.constantFrom(0x7000n, 0xffff_ffc0n, 0xffff_ffbfn, 0x4_ffff_ffb9n, 0xffff_8000_ffff_ffc0n);

function cases(architecture: Architecture): fc.Arbitrary<Case> {
  const { columnNames, columnCount, signState, link, pc } = architecture;
  const free = columnNames.filter((_, column) => column !== pc && column !== signState);
  const register = fc.constantFrom(...free.filter((name) => dwarfNumber(architecture, name) < 32));
  const by = fc.integer({ min: -8, max: 7 }).map((word) => BigInt(8 * word));
  const rule: fc.Arbitrary<Rule> = fc.oneof(
    fc.record({ kind: fc.constantFrom('undefined' as const, 'sameValue' as const) }),
    fc.record({ kind: fc.constantFrom('offset' as const, 'expression' as const), by }),
    fc.record({ kind: fc.constant('valOffset' as const), by: anyOffset }),
    fc.record({ kind: fc.constant('register' as const), from: fc.constantFrom(...free) }),
    fc.record({ kind: fc.constant('valExpression' as const), from: register, by: anyOffset }),
  );
  const saved: fc.Arbitrary<Rule> = fc.record({ kind: fc.constant('offset' as const), by });
  const returnName = columnNames[link < 0 ? pc : link]!;
  return fc
    .record({
      start: anyStart,
      values: fc.array(anyValue, { minLength: columnCount, maxLength: columnCount }),
      unknown: fc.subarray(free, { maxLength: 3 }),
      words: fc.array(anyValue, { minLength: wordCount, maxLength: wordCount }),
      cfa: fc.record({ register, offset: anyOffset, byExpression: fc.boolean() }),
      rules: fc.dictionary(fc.constantFrom(...free), rule, { maxKeys: 6 }),
      returns: saved,
      isLeaf: fc.boolean(),
      signState: fc.constantFrom(0, 1, 2, 3),
      mask: fc.constantFrom(0n, 0x007f_0000_0000_0000n, 0xff7f_0000_0000_0000n, 0x00ff_ff80_0000_0000n, 0x0070_00f0n),
      places: fc.constantFrom([0, 1], [1, 0], [1, 2], [2, 0], [0, 2]),
    })
    .map(({ rules, returns, isLeaf, places, ...made }) => ({
      ...made,
      base: places[0]!,
      caller: places[1]!,
      rules: new Map([
        ...Object.entries(rules).filter(([name]) => name !== returnName),
        ...(isLeaf && link >= 0 ? [] : [[returnName, returns] as const]),
      ]),
    }));
}

function dwarfNumber(architecture: Architecture, name: string): number {
  return architecture.dwarfToColumn.indexOf(architecture.columnNames.indexOf(name));
}

/** `bregN by`, as bytes. */
const based = (architecture: Architecture, name: string, by: bigint): number[] => [
  0x70 + dwarfNumber(architecture, name),
  ...sleb(by),
];

function written(architecture: Architecture, { cfa, rules, signState }: Case): HandMadeRow {
  const handMade = (rule: Rule): HandMadeRule => {
    switch (rule.kind) {
      case 'offset':
      case 'valOffset':
        return { kind: rule.kind, offset: rule.by };
      case 'register':
        return { kind: rule.kind, register: rule.from };
      case 'expression':
        return { kind: rule.kind, code: [consts, ...sleb(rule.by), plus] };
      case 'valExpression':
        return { kind: rule.kind, code: based(architecture, rule.from, rule.by) };
      default:
        return { kind: rule.kind };
    }
  };
  return {
    cfa: cfa.byExpression ? { code: based(architecture, cfa.register, cfa.offset) } : cfa,
    rules: Object.fromEntries([...rules].map(([name, rule]) => [name, handMade(rule)])),
    signState,
  };
}

interface Expected {
  readonly values: Map<string, bigint | undefined>;
  readonly sources: Map<string, readonly [source: number, place: bigint]>;
}

/** What the DWARF standard (section 6.4.3) says comes out; undefined where a value that is needed is not known. */
function model(architecture: Architecture, made: Case, cfa: bigint): Expected | undefined {
  const { columnNames, sp, pc, link, signState } = architecture;
  const now = new Map<string, bigint | undefined>(columnNames.map((name, i) => [name, made.values[i]!]));
  for (const name of made.unknown) now.set(name, undefined);
  if (now.get(made.cfa.register) === undefined) return undefined;
  const load = (address: bigint) => made.words[Number(u64(address - made.start) / 8n)]!;
  const values = new Map(now);
  const sources = new Map<string, readonly [number, bigint]>();
  for (const [name, rule] of made.rules) {
    switch (rule.kind) {
      case 'undefined':
        values.set(name, undefined);
        sources.set(name, [ValueSource.computed, 0n]);
        break;
      case 'sameValue':
        sources.set(name, [ValueSource.unchanged, 0n]);
        break;
      case 'offset':
      case 'expression':
        values.set(name, load(u64(cfa + rule.by)));
        sources.set(name, [ValueSource.memory, u64(cfa + rule.by)]);
        break;
      case 'valOffset':
        values.set(name, u64(cfa + rule.by));
        sources.set(name, [ValueSource.computed, 0n]);
        break;
      case 'register':
        values.set(name, now.get(rule.from));
        sources.set(name, [ValueSource.register, BigInt(columnNames.indexOf(rule.from))]);
        break;
      case 'valExpression': {
        const from = now.get(rule.from);
        if (from === undefined) return undefined;
        values.set(name, u64(from + rule.by));
        sources.set(name, [ValueSource.computed, 0n]);
      }
    }
  }
  const spName = columnNames[sp]!;
  if (!made.rules.has(spName)) values.set(spName, cfa);
  const returnName = columnNames[link < 0 ? pc : link]!;
  let returnAddress = values.get(returnName);
  if (returnAddress === undefined || values.get(spName) === undefined) return undefined;
  if (signState >= 0) {
    const isSigned = ((made.signState | lo(made.values[signState]!)) & 1) !== 0;
    const upperHalf = (returnAddress & (1n << 55n)) !== 0n;
    if (isSigned) returnAddress = upperHalf ? returnAddress | made.mask : returnAddress & ~made.mask;
    values.set(columnNames[signState]!, 0n);
    values.set(returnName, returnAddress);
  }
  values.set(columnNames[pc]!, returnAddress);
  return { values, sources };
}

describe.each([x86_64, aarch64])('a row applied on $name', (architecture) => {
  test('gives what its rules say of the registers before, and touches nothing else', () => {
    const { columnCount, columnNames } = architecture;
    const outcomes = { caller: 0, unreadable: 0 };
    const property = (made: Case) => {
      const cfa = u64(made.start + middle);
      const given = [...made.values];
      given[columnNames.indexOf(made.cfa.register)] = u64(cfa - made.cfa.offset);
      const complete: Case = { ...made, values: given };
      const filler = 0xa5a5_a5a5;
      const values = new Uint32Array(6 * columnCount).fill(filler);
      const known = new Uint8Array(3 * columnCount).fill(0xa5);
      const from = made.base * columnCount;
      const to = made.caller * columnCount;
      given.forEach((value, column) => {
        values[2 * (from + column)] = lo(value);
        values[2 * (from + column) + 1] = hi(value);
        known[from + column] = made.unknown.includes(columnNames[column]!) ? 0 : 1;
      });
      const words = made.words.map((word, i) => [made.start + BigInt(8 * i), word] as const);
      const frame = new CurrentFrame(values, known, new Memory([wordWindow(words)]));
      frame.base = from;
      frame.pacMaskLo = lo(made.mask);
      frame.pacMaskHi = hi(made.mask);
      const row = new Row(columnCount);
      fillRow(architecture, written(architecture, complete), row);
      const applier = new RowApplier(architecture);
      const before = [...values, ...known];

      const expected = model(architecture, complete, cfa);
      if (expected === undefined) {
        outcomes.unreadable++;
        expect(() => applier.apply(row, frame, to)).toThrow(UnwindError);
        return;
      }
      outcomes.caller++;
      expect(applier.apply(row, frame, to)).toBe(true);

      const pair = (buffer: Uint32Array, index: number) =>
        (BigInt(buffer[2 * index + 1]!) << 32n) | BigInt(buffer[2 * index]!);
      const found = new Map(
        columnNames.map((name, c) => [name, known[to + c] === 1 ? pair(values, to + c) : undefined]),
      );
      expect(found).toEqual(expected.values);
      expect(pair(applier.cfa, 0)).toBe(cfa);
      for (const [column, name] of columnNames.entries()) {
        const [source, place] = expected.sources.get(name) ?? [ValueSource.unchanged, 0n];
        expect([name, applier.sources[column]]).toEqual([name, source]);
        if (source !== ValueSource.unchanged && source !== ValueSource.computed) {
          expect([name, pair(applier.places, column)]).toEqual([name, place]);
        }
      }
      // Everything but the caller's columns is as it was.
      values.fill(0, 2 * to, 2 * (to + columnCount));
      known.fill(0, to, to + columnCount);
      const after = [...values, ...known];
      before.fill(0, 2 * to, 2 * (to + columnCount));
      before.fill(0, 6 * columnCount + to, 6 * columnCount + to + columnCount);
      expect(after).toEqual(before);
    };
    fc.assert(fc.property(cases(architecture), property), { numRuns: 200 });
    expect(outcomes.caller).toBeGreaterThan(50);
    expect(outcomes.unreadable).toBeGreaterThan(5);
  });
});
