import { describe, expect, it } from 'vitest';
import { evaluateSection } from '../../../harness/bench/section/evaluate-section.ts';
import { syntheticModule } from '../../../harness/bench/stack/synthetic-module.ts';

const module = syntheticModule('synthetic', { functions: 70, saved: (i) => i % 7, earlyReturns: 1 });

describe('evaluateSection()', () => {
  it('visits every row of every function', () => {
    const sizes = new Map<number, number>();
    const counted = evaluateSection(module, (row) => sizes.set(row.cfaLo, (sizes.get(row.cfaLo) ?? 0) + 1));
    // A function that saves k registers: its entry, k pushes, the locals, the remembered state, k + 1 steps back, and
    // the frame once more.
    const rowsOf = (saved: number): number => 1 + saved + 1 + 1 + (saved + 1) + 1;
    expect(counted).toEqual({ functions: 70, rows: 10 * [0, 1, 2, 3, 4, 5, 6].reduce((sum, k) => sum + rowsOf(k), 0) });
    expect([...sizes.keys()].every((size) => size % 8 === 0)).toBe(true);
  });
});
