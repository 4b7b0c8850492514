import { describe, expect, it } from 'vitest';
import { givenUp } from '../../reports/terminal/given-up.ts';
import { failure } from './record.ts';

describe('what a report says of unwinders that are given up', () => {
  const error = (unwinder: string, divergence: string, count: number) => {
    return { ...failure, unwinder, divergence, count, verdict: 'error' as const };
  };

  it('how many programs they have cost, and how many are left', () => {
    const record = [
      error('one', 'hang', 4),
      error('one', 'crash:SIGSEGV', 6),
      error('one', 'not asked', 56),
      error('two', 'hang', 3),
      failure,
    ];
    expect(givenUp(record, 70)).toEqual([
      '  one has ended its process or hung in 10 programs, and was not',
      '    asked in the 56 programs behind these',
      '',
    ]);
    expect(givenUp([error('two', 'hang', 3), failure], 70)).toEqual([]);
  });
});
