import { describe, expect, it } from 'vitest';
import type { FinalLine } from '../../harness/record/index.ts';
import { wrongPrograms } from '../../reports/terminal/wrong-programs.ts';

const exact = {
  programs: 3,
  harmful: 2,
  harmStops: 1200,
  foundStops: 1200,
  unfoundedStops: 0,
  chanceStops: 0,
  unsayable: 0,
};

/** Only what the line is made of. */
function text(...wrong: readonly (typeof exact | undefined)[]): string {
  const architectures = wrong.map((counts) => (counts === undefined ? {} : { wrong: counts }));
  return wrongPrograms({ architectures } as unknown as FinalLine, 1000).join('\n');
}

describe('wrongPrograms', () => {
  it('sums up the architectures', () => {
    expect(text(exact, exact, undefined)).toBe(
      'wrong CFI: 6 programs with a fault in one place; it does harm at 2,400 stops, and the engine fails at exactly those\n',
    );
  });

  it('says where engine and model differ', () => {
    expect(text({ ...exact, foundStops: 1199 })).toContain('the engine fails at 1,199 of those and at 0 others');
    expect(text({ ...exact, unfoundedStops: 7 })).toContain('the engine fails at 1,200 of those and at 7 others');
  });

  it('says what is right by chance, and what no wrong program was made of', () => {
    const lines = text({ ...exact, chanceStops: 4, unsayable: 1 });
    expect(lines).toContain('(at 4 more a wrong row is right by chance)');
    expect(lines).toContain('none made of 1 program whose CFI says what the model cannot');
  });

  it('breaks lines at the width of the terminal', () => {
    const final = { architectures: [{ wrong: exact }] } as unknown as FinalLine;
    expect(Math.max(...wrongPrograms(final).map(({ length }) => length))).toBeLessThanOrEqual(100);
  });

  it('says nothing where there were none', () => {
    expect(text(undefined)).toBe('');
  });
});
