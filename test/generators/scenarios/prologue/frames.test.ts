import { describe, expect, it } from 'vitest';
import { architectureByName } from '../../../../engine/architecture/index.ts';
import { byFunction, rowsOfPrograms, type SeenRow, savedAnywhere } from './rows.ts';

const functionsOf = (...args: Parameters<typeof rowsOfPrograms>): SeenRow[][] =>
  rowsOfPrograms(...args).flatMap(byFunction);
const hex = ({ bytes }: SeenRow) => Buffer.from(bytes).toString('hex');

/** Functions of a scenario in which something holds. */
function count(
  scenario: string,
  architecture: 'x86-64' | 'aarch64',
  holds: (rows: readonly SeenRow[]) => boolean,
  programs?: number,
): number {
  return functionsOf(scenario, architecture, programs).filter(holds).length;
}

describe.each(['x86-64', 'aarch64'] as const)('frames on %s', (architecture) => {
  const { sp, fp, calleeSaved } = architectureByName(architecture);

  it('late-frame-pointer bases the CFA on the frame pointer behind other saves', () => {
    const late = count('late-frame-pointer', architecture, (rows) => {
      const first = rows.find(({ cfaColumn }) => cfaColumn === fp);
      return first !== undefined && calleeSaved.filter((column) => first.saved.has(column)).length > 1;
    });
    expect(late).toBeGreaterThan(5);
  });

  it('other-frame-pointer bases it on several other callee-saved registers', () => {
    const bases = functionsOf('other-frame-pointer', architecture).flatMap((rows) =>
      rows.map(({ cfaColumn }) => cfaColumn).filter((column) => column !== sp && column !== fp),
    );
    expect(new Set(bases).size).toBeGreaterThan(2);
    for (const column of bases) expect(calleeSaved).toContain(column);
  });

  it('far-slots need one, two and three bytes for a factored offset, and more than 15 bits', () => {
    const factored = functionsOf('far-slots', architecture, 12).flatMap((rows) =>
      rows.flatMap(({ saved }) => [...saved.values()].map((offset) => offset / -8)),
    );
    for (const [low, high] of [
      [1, 0x7f],
      [0x80, 0x3fff],
      [0x4000, 0x7fff],
      [0x8000, 0xffff],
    ] as const) {
      expect(
        factored.some((offset) => offset >= low && offset <= high),
        `${low} to ${high}`,
      ).toBe(true);
    }
  });

  it('home-space saves at the CFA and above', () => {
    const above = count('home-space', architecture, (rows) =>
      rows.some(({ saved }) => [...saved.values()].some((offset) => offset >= 0)),
    );
    expect(above).toBeGreaterThan(5);
  });

  it('outgoing-space changes the row at the return address', () => {
    const changes = count('outgoing-space', architecture, (rows) =>
      rows.some((row, i) => {
        const before = rows[i - 1];
        const isCall = before !== undefined && /^(e8|......9[4-7])/.test(hex(before));
        return isCall && rows[i + 1] !== undefined && rows[i + 1]!.cfaOffset < row.cfaOffset;
      }),
    );
    expect(changes).toBeGreaterThan(3);
  });

  it('outlined-saves name all slots at once behind a call', () => {
    const outlined = count('outlined-saves', architecture, (rows) =>
      rows.some((row, i) => {
        const before = rows[i - 1];
        return (
          before !== undefined && /^(e8|......9[4-7])/.test(hex(before)) && row.saved.size >= before.saved.size + 2
        );
      }),
    );
    expect(outlined).toBeGreaterThan(5);
  });

  it('long-body has a row for more than 255 units of code alignment', () => {
    const units = architecture === 'x86-64' ? 1 : 4;
    const long = count('long-body', architecture, (rows) => {
      let start = rows[0]!;
      return rows.some((row) => {
        const same = row.cfaOffset === start.cfaOffset && row.saved.size === start.saved.size;
        if (!same) start = row;
        return Number(row.address - start.address) > 255 * units;
      });
    });
    expect(long).toBeGreaterThan(2);
  });
});

describe('frames of x86-64', () => {
  it('callee-pops lowers the CFA exactly at the return address', () => {
    const pops = count('callee-pops', 'x86-64', (rows) =>
      rows.some((row, i) => hex(rows[i - 1] ?? row).startsWith('e8') && row.cfaOffset < rows[i - 1]!.cfaOffset),
    );
    expect(pops).toBeGreaterThan(5);
    expect(count('callee-pops', 'x86-64', (rows) => rows.some((row) => hex(row).startsWith('c2')))).toBeGreaterThan(5);
  });

  it('red-zone saves below RSP', () => {
    const below = count('red-zone', 'x86-64', (rows) =>
      rows.some(({ saved, cfaOffset, cfaColumn }) =>
        cfaColumn === architectureByName('x86-64').sp
          ? [...saved.values()].some((offset) => offset < -cfaOffset)
          : false,
      ),
    );
    expect(below).toBeGreaterThan(5);
  });

  it('enter moves the CFA to RBP at once', () => {
    const entered = count('enter', 'x86-64', (rows) =>
      rows.some((row, i) => hex(row).startsWith('c8') && rows[i + 1]!.cfaColumn !== row.cfaColumn),
    );
    expect(entered).toBeGreaterThan(5);
  });

  it('probes touch pages by or, and epilogue-forms have leave, mov and lea', () => {
    const has = (scenario: string, pattern: RegExp) =>
      count(scenario, 'x86-64', (rows) => rows.some((row) => pattern.test(hex(row))), 20);
    expect(has('probes', /^48830c2400$/)).toBeGreaterThan(5);
    expect(has('epilogue-forms', /^c9$/)).toBeGreaterThan(1);
    expect(has('epilogue-forms', /^4889ec$/)).toBeGreaterThan(1);
    expect(has('epilogue-forms', /^488d65/)).toBeGreaterThan(1);
    expect(has('odd-moves', /^4[89]87e[0-7]$|^4894$/)).toBeGreaterThan(1);
    expect(has('outgoing-pushes', /^(5[35]|415[4-7])$/)).toBeGreaterThan(3);
  });
});

describe('frames of AArch64', () => {
  const { sp, fp, link, signState } = architectureByName('aarch64');
  const vectors = ({ saved }: SeenRow) => [...saved.keys()].filter((column) => column > signState);

  it('leaf has functions that never save x30, at SP + 0, and functions that do', () => {
    const leaves = count('leaf', 'aarch64', (rows) => !savedAnywhere(rows).includes(link));
    const callers = count('leaf', 'aarch64', (rows) => savedAnywhere(rows).includes(link));
    expect(leaves).toBeGreaterThan(5);
    expect(callers).toBeGreaterThan(5);
    for (const rows of functionsOf('leaf', 'aarch64')) expect(rows[0]!.cfaOffset).toBe(0);
  });

  it('frame-record puts it at the bottom, at the top and in between', () => {
    const places = functionsOf('frame-record', 'aarch64', 12).flatMap((rows) => {
      const fullest = rows.reduce((a, b) => (b.saved.size > a.saved.size ? b : a));
      const record = fullest.saved.get(fp);
      if (record === undefined || fullest.saved.get(link) !== record + 8) return [];
      const offsets = [...fullest.saved.values()].sort((a, b) => a - b);
      return [offsets[0] === record ? 'bottom' : offsets.at(-2) === record ? 'top' : 'between'];
    });
    expect(new Set(places)).toEqual(new Set(['bottom', 'top', 'between']));
  });

  it('pushed-pairs lowers SP with every save', () => {
    const pushed = count('pushed-pairs', 'aarch64', (rows) => {
      const moves = rows.filter((row, i) => i > 0 && row.cfaOffset > rows[i - 1]!.cfaOffset);
      return moves.length > 2 && moves.every((row) => row.cfaColumn === sp && row.saved.size > 0);
    });
    expect(pushed).toBeGreaterThan(5);
  });

  it('any-pairs and vector-order have slots that are no multiple of 16 from SP', () => {
    for (const name of ['any-pairs', 'vector-order']) {
      const odd = count(name, 'aarch64', (rows) =>
        rows.some(({ saved }) => [...saved.values()].filter((offset) => offset % 16 !== 0).length > 1),
      );
      expect(odd, name).toBeGreaterThan(5);
    }
  });

  it('vector-order saves each of d8–d15, and lazy-vectors saves and restores them in the body', () => {
    const saved = new Set(functionsOf('vector-order', 'aarch64', 12).flatMap((rows) => rows.flatMap(vectors)));
    expect(saved.size).toBe(8);
    const lazy = count('lazy-vectors', 'aarch64', (rows) => {
      const numbers = rows.map((row) => vectors(row).length);
      const generals = rows.map((row, i) => row.saved.size - numbers[i]!);
      const most = Math.max(...generals);
      return numbers.some((n, i) => n > 0 && generals[i] === most) && numbers.some((n, i) => n === 0 && i > 5);
    });
    expect(lazy).toBeGreaterThan(5);
  });
});
