import { describe, expect, it } from 'vitest';
import type { EncodingCoverage, FinalLine } from '../../harness/record/index.ts';
import { replayCommand } from '../../reports/replay.ts';
import { encodings } from '../../reports/terminal/encodings.ts';
import { failure, summary } from './record.ts';

function lines(coverages: Readonly<Record<string, EncodingCoverage | undefined>>): string[] {
  const unwinders = Object.entries(coverages).map(([name, coverage]) => {
    const { kind: _, architecture: __, scenario: ___, timing: ____, ...answers } = summary(name, { pass: 1 });
    return { ...answers, ...(coverage !== undefined && { coverage }) };
  });
  return encodings({ unwinders } as unknown as FinalLine['architectures'][number], 100);
}

describe('what a report says of encodings', () => {
  it('how many functions fit, with how many descriptors, and why others stay DWARF', () => {
    expect(
      lines({
        dwarf: undefined,
        some: { functions: 12_400, descriptors: 24_690, fallbacks: { 'no row': 5, expression: 50 } },
        all: { functions: 1, descriptors: 3, fallbacks: {} },
        none: { functions: 2, descriptors: 0, fallbacks: { expression: 2 } },
      }),
    ).toEqual([
      '  some: 12,345 of 12,400 functions encoded (2.00 descriptors each), 55 stay DWARF (expression: 50;',
      '    no row: 5)',
      '  all: 1 of 1 function encoded (3.00 descriptors each)',
      '  none: 0 of 2 functions encoded, 2 stay DWARF (expression: 2)',
    ]);
  });

  it('how to replay a failure', () => {
    const described = { name: 'wrong', description: '', lacks: [] };
    const header = { seed: '1', mode: 'full' as const };
    const command = (module: string) =>
      replayCommand({ ...header, unwinders: [{ ...described, module, isEncoding: true }] }, failure);
    expect(command('./mine.mjs')).toContain(' --encoding ./mine.mjs --seed 1');
    expect(command('two words.mjs')).toContain(" --encoding 'two words.mjs' --seed 1");
    expect(replayCommand({ ...header, unwinders: [described] }, failure)).toContain(' --unwinder wrong --seed 1');
  });
});
