import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Architecture, aarch64, CfaKind, Row, RuleKind, RuleSets, x86_64 } from '../../../engine/index.ts';
import { fillRow, type HandMadeRow } from '../hand-made.ts';

const rowOf = (architecture: Architecture, made: HandMadeRow): Row => {
  const row = new Row(architecture.columnCount);
  fillRow(architecture, made, row);
  return row;
};
const entry: HandMadeRow = { cfa: { register: 'rsp', offset: 8n }, rules: { rip: { kind: 'offset', offset: -8n } } };

/** What a row says, without addresses. */
const content = ({ ruleColumn, ruleKind, ruleLo, ruleHi, ...row }: Row) => ({
  cfa: [row.cfaKind, row.cfaColumn, row.cfaLo, row.cfaHi],
  rules: Array.from({ length: row.ruleCount }, (_, i) => [ruleColumn[i], ruleKind[i], ruleLo[i], ruleHi[i]]),
  other: [row.returnColumn, row.signalFrame, row.signState, row.bKey, row.argsSize],
});

describe('rule sets', () => {
  test('that say the same are one, whatever their addresses', () => {
    const sets = new RuleSets(x86_64);
    const one = rowOf(x86_64, entry);
    const two = rowOf(x86_64, entry);
    two.startLo = 0x1000;
    two.functionLo = 0x800;
    expect([sets.intern(one), sets.intern(two), sets.count]).toEqual([0, 0, 1]);
  });

  test.each<[string, (row: Row) => void]>([
    ['the CFA’s register', (row) => row.cfaColumn--],
    ['the low half of its offset', (row) => row.cfaLo++],
    ['the high half of its offset', (row) => row.cfaHi++],
    [
      'the kind of the CFA',
      (row) => {
        row.cfaKind = CfaKind.undefined;
      },
    ],
    [
      'a rule’s kind',
      (row) => {
        row.ruleKind[0] = RuleKind.valOffset;
      },
    ],
    ['a rule’s register', (row) => row.ruleColumn[0]!--],
    ['the low half of a rule’s offset', (row) => row.ruleLo[0]!--],
    ['the high half of a rule’s offset', (row) => row.ruleHi[0]!--],
    ['the number of rules', (row) => row.ruleCount--],
    ['the return column', (row) => row.returnColumn--],
    [
      'the signal flag',
      (row) => {
        row.signalFrame = true;
      },
    ],
    [
      'the key',
      (row) => {
        row.bKey = true;
      },
    ],
    [
      'the sign state',
      (row) => {
        row.signState = 1;
      },
    ],
    [
      'the size of arguments',
      (row) => {
        row.argsSize = 16;
      },
    ],
  ])('differ in %s', (_, change) => {
    const sets = new RuleSets(x86_64);
    const row = rowOf(x86_64, entry);
    expect(sets.intern(row)).toBe(0);
    change(row);
    expect(sets.intern(row)).toBe(1);
  });

  test('differ by the instruction that signed with its PC, as far as any did', () => {
    const sets = new RuleSets(aarch64);
    const made: HandMadeRow = { cfa: { register: 'sp', offset: 16n }, rules: { x30: { kind: 'offset', offset: -8n } } };
    const rows = [0, 1, 2, 3].map((i) => {
      const row = rowOf(aarch64, made);
      Object.assign(row, {
        signState: i === 3 ? 1 : 3,
        signedAtLo: i === 1 ? 8 : 4,
        signedAtHi: i === 2 ? 0xffffffff : 0,
      });
      return row;
    });
    expect(rows.map((row) => sets.intern(row))).toEqual([0, 1, 2, 3]);
    const back = new Row(aarch64.columnCount);
    const places = [0, 1, 2].map((id) => {
      sets.fill(id, back);
      return [back.signedAtLo, back.signedAtHi];
    });
    expect(places).toEqual([
      [4, 0],
      [8, 0],
      [4, 0xffffffff],
    ]);
    rows[3]!.signedAtLo = 8;
    expect(sets.intern(rows[3]!)).toBe(3);
  });

  test('differ by the section their expressions lie in', () => {
    const sets = new RuleSets(x86_64);
    const made: HandMadeRow = { cfa: { code: [0x77, 8] } };
    const [one, two] = [rowOf(x86_64, made), rowOf(x86_64, made)];
    expect([sets.intern(one), sets.intern(two), sets.intern(one)]).toEqual([0, 1, 0]);
    const row = new Row(x86_64.columnCount);
    sets.fill(1, row);
    expect(row.bytes).toBe(two.bytes);
  });

  test('above a limit are refused, until they are cleared', () => {
    const sets = new RuleSets(x86_64, 2);
    const rows = [8n, 16n, 24n].map((offset) => rowOf(x86_64, { ...entry, cfa: { register: 'rsp', offset } }));
    expect(rows.map((row) => sets.intern(row))).toEqual([0, 1, -1]);
    expect(rows.map((row) => sets.intern(row))).toEqual([0, 1, -1]);
    const { code } = sets;
    sets.clear();
    expect([sets.count, sets.intern(rows[2]!)]).toEqual([0, 0]);
    expect(sets.code, 'no memory is allocated').toBe(code);
  });

  test('give back any row', () => {
    const u32 = fc.integer({ min: 0, max: 0xffffffff });
    const ruleOf = fc.record({ kind: fc.integer({ min: 1, max: 7 }), lo: u32, hi: u32 });
    for (const architecture of [x86_64, aarch64]) {
      const { columnCount } = architecture;
      const column = fc.integer({ min: 0, max: columnCount - 1 });
      const rules = fc.dictionary(fc.integer({ min: 0, max: columnCount - 1 }).map(String), ruleOf);
      const sets = new RuleSets(architecture);
      const ids = new Map<string, number>();
      fc.assert(
        fc.property(
          fc.array(fc.tuple(rules, u32, u32, column, column, fc.boolean()), { minLength: 12, maxLength: 40 }),
          (made) => {
            for (const [rulesOf, lo, hi, cfaColumn, returnColumn, flag] of made) {
              const row = new Row(columnCount);
              Object.assign(row, { cfaKind: CfaKind.registerOffset, cfaLo: lo, cfaHi: hi, cfaColumn, returnColumn });
              Object.assign(row, { signalFrame: flag, bKey: !flag, signState: flag ? 3 : 0, argsSize: lo });
              for (const [key, { kind, lo: ruleLo, hi: ruleHi }] of Object.entries(rulesOf)) {
                row.ruleColumn[row.ruleCount] = Number(key);
                row.ruleKind[row.ruleCount] = kind;
                row.ruleLo[row.ruleCount] = ruleLo;
                row.ruleHi[row.ruleCount++] = ruleHi;
              }
              const id = sets.intern(row);
              const back = new Row(columnCount);
              sets.fill(id, back);
              expect(content(back)).toEqual(content(row));
              const text = JSON.stringify(content(row));
              expect(ids.get(text) ?? id).toBe(id);
              ids.set(text, id);
            }
          },
        ),
        { numRuns: 30 },
      );
      expect(sets.count).toBe(ids.size);
      // Enough for all buffers to have grown.
      expect(sets.count).toBeGreaterThan(200);
    }
  });
});
