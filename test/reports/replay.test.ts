import { describe, expect, it } from 'vitest';
import { explainFailure } from '../../reports/explanation-text.ts';
import { explainCommand, replayCommand } from '../../reports/replay.ts';
import { failure } from './record.ts';

const header = { seed: '1', mode: 'full' as const, unwinders: [] };
const death = (divergence: string, pc: string) => {
  return { ...failure, verdict: 'error' as const, divergence, example: { ...failure.example, run: 2, stop: 7, pc } };
};

describe('how to see a death again', () => {
  it('names its stop, and how long to wait where that was said', () => {
    const hang = death('hang', '0x42');
    expect(replayCommand(header, hang)).toMatch(/ --seed 1 --run 2 --stop 7$/);
    expect(explainCommand(header, hang)).toMatch(/ --seed 1 --run 2 --stop 7$/);
    const patient = { ...header, timeout: 5 };
    expect(replayCommand(patient, hang)).toMatch(/ --run 2 --stop 7 --timeout 5$/);
    expect(explainCommand(patient, death('crash:SIGABRT', '0x42'))).toMatch(/ --stop 7 --timeout 5$/);
    expect(replayCommand(patient, failure)).not.toContain('--timeout');
  });

  it('names no stop where it was at none', () => {
    const opening = death('crash:exit 3', '0x0');
    expect(replayCommand(header, opening)).toMatch(/ --seed 1$/);
    expect(explainCommand(header, opening)).toBeUndefined();
    expect(explainFailure(header, opening)).toContain(`  at   program ${failure.example.program}`);
  });
});

describe('the frames of an explanation', () => {
  const explanation = {
    place: { frame: 0, kind: 'stop', pc: '0x1', lookup: '0x1', function: { name: 'f', start: '0x0' } },
    expectedEnding: 'no-info',
    actualEnding: 'limit',
    code: [],
    frames: [{ frame: 1, kind: 'caller', expected: { x19: '0x1', sp: '0x2', pc: '0x3' }, actual: { pc: '0x4' } }],
  };
  const marked = (verdict: 'fail' | 'error', lacks: string[]) =>
    explainFailure(
      { ...header, unwinders: [{ name: failure.unwinder, description: '', lacks }] },
      { ...failure, verdict, example: { ...failure.example, explanation } },
    ).flatMap((line) => /^ {4}≠ (\S+)/.exec(line)?.[1] ?? []);

  it.each([
    ['fail', [], ['x19', 'sp', 'pc', 'ending']],
    ['fail', ['callee-saved'], ['sp', 'pc', 'ending']],
    ['error', [], ['pc']],
  ] as const)('mark of a %s of one that lacks %j only what counts', (verdict, lacks, expected) => {
    expect(marked(verdict, [...lacks])).toEqual(expected);
  });
});
