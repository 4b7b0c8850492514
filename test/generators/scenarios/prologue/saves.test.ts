import { describe, expect, it } from 'vitest';
import { architectureByName } from '../../../../engine/architecture/index.ts';
import { byFunction, rowsOfPrograms, type SeenRow, savedAnywhere } from './rows.ts';

const functionsOf = (...args: Parameters<typeof rowsOfPrograms>): SeenRow[][] =>
  rowsOfPrograms(...args).flatMap(byFunction);

describe('prologue/subset', () => {
  it('has every subset of the callee-saved registers of x86-64, in two orders', () => {
    const returnColumn = architectureByName('x86-64').pc;
    const layouts = functionsOf('subset', 'x86-64', 12).map((rows) => {
      const fullest = rows.reduce((a, b) => (b.saved.size > a.saved.size ? b : a));
      return [...fullest.saved].filter(([column]) => column !== returnColumn).map(([column]) => column);
    });
    expect(new Set(layouts.map((columns) => columns.join())).size).toBe(2 ** 6);
  });

  it('has each register of AArch64 saved and unsaved, and well over a hundred subsets', () => {
    const subsets = functionsOf('subset', 'aarch64', 12).map(savedAnywhere);
    expect(new Set(subsets.map((columns) => columns.join())).size).toBeGreaterThan(120);
    for (let column = 19; column <= 29; column++) {
      expect(subsets.some((columns) => columns.includes(column))).toBe(true);
      expect(subsets.some((columns) => !columns.includes(column))).toBe(true);
    }
  });
});

describe.each(['x86-64', 'aarch64'] as const)('saves on %s', (architecture) => {
  const { pc, link } = architectureByName(architecture);
  const registersOf = ({ saved }: SeenRow) => [...saved].filter(([column]) => column !== pc && column !== link);

  it('reversed lays registers out as no compiler does', () => {
    const unusual = functionsOf('reversed', architecture).filter((rows) => {
      const fullest = rows.reduce((a, b) => (b.saved.size > a.saved.size ? b : a));
      const offsets = registersOf(fullest).map(([, offset]) => offset);
      const falls = offsets.every((offset, i) => i === 0 || offset < offsets[i - 1]!);
      const rises = offsets.every((offset, i) => i === 0 || offset > offsets[i - 1]!);
      // Columns ascend; GCC's offsets rise with them on both architectures, LLVM's fall on AArch64.
      return offsets.length > 2 && (architecture === 'x86-64' ? falls : !falls && !rises);
    });
    expect(unusual.length).toBeGreaterThan(5);
  });

  it('any-order restores in another order than the reverse of saving', () => {
    const mixed = functionsOf('any-order', architecture).filter((rows) => {
      const first = new Map<number, number>();
      const last = new Map<number, number>();
      rows.forEach((row, i) => {
        for (const [column] of registersOf(row)) {
          if (!first.has(column)) first.set(column, i);
          last.set(column, i);
        }
      });
      const bySave = [...first].sort((a, b) => a[1] - b[1]).map(([column]) => column);
      const byRestore = [...last].sort((a, b) => b[1] - a[1]).map(([column]) => column);
      return bySave.join() !== byRestore.join();
    });
    expect(mixed.length).toBeGreaterThan(5);
  });

  it('late-rules name several slots at once, not one store after the other', () => {
    const jumps = functionsOf('late-rules', architecture).filter((rows) =>
      rows.some((row, i) => i > 0 && row.saved.size >= rows[i - 1]!.saved.size + 3),
    );
    expect(jumps.length).toBeGreaterThan(3);
  });

  it('lazy-saves and slot-moves give a register two slots in one function', () => {
    for (const name of ['lazy-saves', 'slot-moves']) {
      const moved = functionsOf(name, architecture).filter((rows) =>
        savedAnywhere(rows).some((column) => new Set(rows.flatMap(({ saved }) => saved.get(column) ?? [])).size > 1),
      );
      expect(moved.length, name).toBeGreaterThan(5);
    }
  });
});
