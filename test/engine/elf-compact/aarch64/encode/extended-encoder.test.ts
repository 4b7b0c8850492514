import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { extendedEncoder } from '../../../../../engine/elf-compact/aarch64/encode/index.ts';
import { DescriptorList } from '../../../../../engine/elf-compact/descriptor-list.ts';
import { FunctionView } from '../../../../../engine/encoding/index.ts';
import { CfaKind, type Row, RuleKind } from '../../../../../engine/row/row.ts';
import { placedOf } from '../../descriptors.ts';
import { encode, firstDifference, type Rows, rowOf, tableOf, textRows } from '../functions.ts';

/** The number of descriptors of a function; each instruction of it is checked. */
function count(rows: Rows): number {
  const list = encode(rows);
  if (typeof list === 'string') throw new Error(list);
  expect(firstDifference(new FunctionView(tableOf(rows)).moveTo(0), list)).toBeUndefined();
  return list.count;
}

const text = (...rows: readonly (readonly [number, string])[]): number => count(textRows(...rows));

describe('functions as GCC makes them', () => {
  it('take one descriptor with prologue, body and epilogue', () => {
    expect(text([12, 'sp+0'])).toBe(1);
    expect(text([1, 'sp+0'], [12, 'sp+16 x29-16 x30-8'], [1, 'sp+0'])).toBe(1);
    expect(
      text(
        [1, 'sp+0'],
        [2, 'sp+80 x29-80 x30-72'],
        [3, 'sp+80 x29-80 x30-72 x19-64 x20-56'],
        [4, 'sp+80 x29-80 x30-72 x19-64 x20-56 x21-48 x22-40'],
        [40, 'sp+80 x29-80 x30-72 x19-64 x20-56 x21-48 x22-40 x23-32'],
        [3, 'sp+0'],
      ),
    ).toBe(1);
    expect(
      text(
        [1, 'sp+0'],
        [1, 'sp+1248'],
        [4, 'sp+1248 x29-1248 x30-1240'],
        [90, 'sp+1248 x29-1248 x30-1240 x19-1232 x20-1224 x21-1216 x22-1208'],
        [1, 'sp+0'],
      ),
    ).toBe(1);
  });

  it('take one with a frame pointer, vector registers, and x30 alone', () => {
    expect(
      text(
        [1, 'sp+0'],
        [1, 'sp+144 x29-144 x30-136'],
        [1, 'x29+144 x29-144 x30-136'],
        [9, 'x29+144 x29-144 x30-136 x19-128 x20-120'],
        [1, 'sp+0'],
      ),
    ).toBe(1);
    expect(
      text([1, 'sp+0'], [4, 'sp+64 x29-64 x30-56'], [2, 'sp+64 x29-64 x30-56 x19-48 d8-32 d9-24 d10-40'], [1, 'sp+0']),
    ).toBe(1);
    expect(text([3, 'sp+0'], [2, 'sp+32 x19-32 x30-24'], [1, 'sp+0'])).toBe(1);
    expect(text([1, 'sp+0'], [2, 'sp+48'], [5, 'sp+48 x19-48 x20-40'], [9, 'sp+48 x19-48 x20-40 x21-32 x30-24'])).toBe(
      1,
    );
    expect(text([1, 'sp+0'], [2, 'sp+48 x30-48'], [5, 'sp+48 x30-48 x19-40 x20-32'])).toBe(1);
  });

  it('take one with the save area above a stack that grows when all is saved', () => {
    const area = 'x29-48 x30-40 x19-32 x20-24';
    const all = `${area} x21-16 x22-8`;
    const start = [
      [1, 'sp+0'],
      [4, 'sp+48 x29-48 x30-40'],
      [3, `sp+48 ${area}`],
    ] as const;
    expect(text(...start, [40, `sp+1088 ${all}`], [5, `sp+48 ${all}`], [1, 'sp+0'])).toBe(1);
    expect(text(...start, [40, `sp+1088 ${all}`])).toBe(1);
    expect(text(...start, [2, `sp+48 ${all}`], [40, `sp+1088 ${all}`], [5, `sp+48 ${all}`], [1, 'sp+0'])).toBe(1);
    expect(text([40, `sp+1088 ${all}`], [5, `sp+48 ${all}`], [1, 'sp+0'], [40, `sp+1088 ${all}`])).toBe(2);
    expect(text([1, 'sp+0'], [4, 'sp+1088'], [5, 'sp+1088 x29-48 x30-40'], [9, `sp+1088 ${all}`], [1, 'sp+0'])).toBe(1);
  });

  it('take one more for what follows each return', () => {
    const body = 'sp+48 x29-48 x30-40 x19-32 x20-24';
    expect(
      text([1, 'sp+0'], [2, 'sp+48 x29-48 x30-40'], [9, body], [1, 'sp+0'], [5, body], [1, 'sp+0'], [5, body]),
    ).toBe(3);
  });

  it('restore registers before the frame is released, or before a branch', () => {
    const less = 'sp+64 x29-64 x30-56 x19-48 x20-40';
    const more = `${less} x21-32 x22-24`;
    expect(text([9, more], [3, less], [1, 'sp+0'], [4, more], [2, less], [7, more])).toBe(3);
    expect(text([9, more], [40, less], [1, 'sp+0'])).toBe(2);
    const seven = 'x19-80 x20-72 x21-64 x22-56 x23-48 x24-40 x25-32';
    expect(text([9, `sp+96 x29-96 x30-88 ${seven}`], [3, 'sp+96 x29-96 x30-88'], [1, 'sp+0'])).toBe(2);
  });

  it('may have holes and registers that others have the slots of', () => {
    expect(text([9, 'sp+96 x29-96 x30-88 x19-80 x22-56 x23-48'])).toBe(1);
    expect(text([9, 'sp+96 x29-96 x30-88 x21-80 x24-72'])).toBe(1);
    expect(text([9, 'sp+64 x29-64 x30-56 x21-40'], [9, 'sp+64 x29-64 x30-56 x19-48 x21-40 x22-32 x23-24'])).toBe(2);
    const vectors = 'sp+144 x19-144 x20-136 x21-128 x22-120 x23-112 x24-104 x25-96 x26-88 x27-80 x28-72 d8-48 d9-40';
    expect(text([6, vectors], [5, `${vectors} x30-64`])).toBe(2);
  });

  it('go on where a prologue does not fit, or where code needs none', () => {
    const saved = ['x19-80', 'x20-72', 'x21-64', 'x22-56', 'x23-48', 'x24-40', 'x25-32', 'x26-24', 'x27-16', 'x28-8'];
    const rows = saved.map((_, i) => [6, `sp+96 x29-96 x30-88 ${saved.slice(0, i + 1).join(' ')}`] as const);
    const most = text([1, 'sp+0'], [1, 'sp+96 x29-96 x30-88'], ...rows, [1, 'sp+0']);
    expect(most).toBeGreaterThan(1);
    expect(most).toBeLessThan(rows.length);
    expect(text([90, 'sp+0'], [2, 'sp+96 x29-96 x30-88'], rows[0]!, [70, 'sp+0'])).toBe(3);
  });
});

describe('functions as LLVM makes them', () => {
  const all = 'x19-8 x20-16 x21-32 x29-48 x30-40';

  it('take one descriptor, though the CFA counts from SP, x29, and SP', () => {
    expect(text([1, 'sp+0'], [4, 'sp+64'], [20, `x29+48 ${all}`], [3, `sp+64 ${all}`], [1, 'sp+0'])).toBe(1);
    expect(text([1, 'sp+0'], [4, 'sp+64'], [20, `sp+64 ${all}`], [1, 'sp+0'])).toBe(1);
    expect(text([1, 'sp+0'], [1, 'sp+16'], [2, 'x29+16 x29-16 x30-8'], [1, 'sp+16 x29-16 x30-8'], [1, 'sp+0'])).toBe(1);
    expect(text([9, 'x29+48 x19-8 x20-16 x28-32 x29-48 x30-40 d8-64'])).toBe(1);
  });

  it('take one more for what follows a return', () => {
    const part = [
      [3, `sp+64 ${all}`],
      [1, 'sp+0'],
      [9, `x29+48 ${all}`],
    ] as const;
    expect(text([1, 'sp+0'], [4, 'sp+64'], [20, `x29+48 ${all}`], ...part, ...part)).toBe(3);
  });
});

describe('signed return addresses', () => {
  it.each(['', ' b-key'])('take no more descriptors%s', (key) => {
    const rows = (...texts: readonly (readonly [number, string])[]): number =>
      text(...texts.map(([instructions, row]) => [instructions, row + key] as const));
    expect(
      rows(
        [1, 'sp+0'],
        [1, 'sp+0 signed'],
        [2, 'sp+48 x29-48 x30-40 signed'],
        [9, 'sp+48 x29-48 x30-40 x19-32 x20-24 signed'],
        [1, 'sp+0 signed'],
        [1, 'sp+0'],
      ),
    ).toBe(1);
    const all = 'x19-8 x20-16 x29-32 x30-24';
    expect(
      rows(
        [1, 'sp+0'],
        [1, 'sp+0 signed'],
        [3, 'sp+32 signed'],
        [9, `x29+32 ${all} signed`],
        [2, `sp+32 ${all} signed`],
        [1, `sp+0 ${all} signed`],
        [1, 'sp+0'],
      ),
    ).toBe(1);
    // retaa
    expect(rows([9, 'sp+16 x29-16 x30-8 signed'], [1, 'sp+0 signed'])).toBe(1);
    expect(rows([9, 'sp+0'])).toBe(1);
    expect(rows([9, 'sp+0 signed'], [9, 'sp+16 signed'], [4, 'sp+0'])).toBe(2);
  });
});

describe('the end of the stack', () => {
  it('is a mode of its own', () => {
    expect(text([4, 'sp+0 x30u'])).toBe(1);
    expect(text([4, 'sp+32 x29u x30u'], [4, 'sp+0 x30u'])).toBe(2);
  });
});

describe('functions that stay DWARF', () => {
  const changed = (change: (row: Row) => void, of = 'sp+16 x29-16 x30-8'): Rows => {
    const row = rowOf(of);
    change(row);
    return [
      [1, rowOf('sp+0')],
      [4, row],
    ];
  };

  it.each<[string, Rows]>([
    ['no row', [[4, undefined]]],
    [
      'signal frame',
      changed((row) => {
        row.signalFrame = true;
      }),
    ],
    [
      'size of arguments',
      changed((row) => {
        row.argsSize = 16;
      }),
    ],
    [
      'return address not in x30',
      changed((row) => {
        row.returnColumn = 32;
      }),
    ],
    [
      'return address signed with PC',
      changed((row) => {
        row.signState = 3;
      }),
    ],
    [
      'CFA from an expression',
      changed((row) => {
        row.cfaKind = CfaKind.expression;
      }),
    ],
    ['CFA from another register', textRows([4, 'x9+16'])],
    ['frame size no multiple of 16', textRows([4, 'sp+24'])],
    ['frame too large', textRows([4, 'sp+262144'])],
    ['x29 is not where the CFA counts from', textRows([4, 'x29+32 x29-16 x30-8'])],
    [
      'rule of another kind',
      changed((row) => {
        row.ruleKind[1] = RuleKind.valOffset;
      }),
    ],
    ['rule of another kind', textRows([4, 'sp+0 x29u'])],
    ['saved outside the frame', textRows([4, 'sp+16 x30+8'])],
    ['saved outside the frame', textRows([4, 'sp+16 x30-4'])],
    ['other registers saved', textRows([4, 'sp+16 x8-16'])],
    ['x29 saved without x30', textRows([4, 'sp+16 x29-16'])],
    ['order of saved registers', textRows([4, 'sp+48 x19-16 x20-48 x29-32 x30-24'])],
  ])('%s', (reason, rows) => {
    expect(encode(rows)).toBe(reason);
  });

  it('leave the list as it was', () => {
    const list = new DescriptorList();
    list.add(4, 5, 6);
    const view = new FunctionView(tableOf(textRows([4, 'sp+0'], [4, 'sp+48 x19-16 x20-48']))).moveTo(0);
    expect(extendedEncoder.encode(view, list)).toBe('order of saved registers');
    expect(placedOf(list)).toEqual([[4, 0x6_0000_0005n]]);
  });
});

describe('any function', () => {
  /** Saves that compilers could make, at any time, in rows that follow one another in any way. */
  const anyRows = fc
    .record({
      frame: fc.integer({ min: 1, max: 20 }),
      base: fc.nat(3),
      record: fc.boolean(),
      fp: fc.boolean(),
      signed: fc.boolean(),
      rows: fc.array(fc.tuple(fc.integer({ min: 1, max: 30 }), fc.nat(5), fc.nat(0x3ff), fc.nat(3)), {
        minLength: 1,
        maxLength: 12,
      }),
    })
    .map(({ frame, base, record, fp, signed, rows }): Rows => {
      const size = 16 * (frame + 8 + base);
      const first = -size + 16 * base;
      return rows.map(([instructions, kind, mask, vectors]) => {
        const words = record ? [`x29${first}`, `x30${first + 8}`] : [];
        const general = first + (record ? 16 : 0);
        for (let i = 0; i < 10; i++) if (((mask >>> i) & 1) !== 0) words.push(`x${19 + i}${general + 8 * i}`);
        for (let i = 0; i < vectors; i++) words.push(`d${8 + i}${general + 80 + 8 * i}`);
        if (kind === 0) return [instructions, rowOf(signed && mask > 511 ? 'sp+0 signed' : 'sp+0')];
        if (kind === 1) return [instructions, rowOf(`sp+${size}${signed ? ' signed' : ''}`)];
        const cfa = fp && record && kind > 2 ? `x29+${-first}` : `sp+${size}`;
        return [instructions, rowOf([cfa, ...words, ...(signed ? ['signed'] : [])].join(' '))];
      });
    });
  it('is said exactly, or not at all', () => {
    let said = 0;
    fc.assert(
      fc.property(anyRows, (rows) => {
        const list = encode(rows);
        if (typeof list === 'string') return;
        said++;
        expect(firstDifference(new FunctionView(tableOf(rows)).moveTo(0), list)).toBeUndefined();
        expect(list.start[0]).toBe(0);
        expect(list.count).toBeLessThanOrEqual(rows.length);
      }),
      { numRuns: 400 },
    );
    expect(said).toBeGreaterThan(350);
  });
});
