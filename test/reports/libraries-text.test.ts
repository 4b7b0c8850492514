import { describe, expect, it } from 'vitest';
import type { SurveyFinal, SurveyFindings } from '../../harness/record/survey.ts';
import { isSound, librariesText } from '../../reports/survey/index.ts';

const final = (change: Partial<SurveyFinal> = {}): SurveyFinal => ({
  kind: 'final',
  passed: false,
  functions: 4,
  outcomes: { finished: 12, fault: 0, limit: 0, 'system-call': 0, abi: 0 },
  problems: 0,
  stops: 1000,
  coverage: { executed: 0, instructions: 0 },
  unwinders: [
    { unwinder: 'dwarf', verdicts: { pass: 990, fail: 10, missing: 0, error: 0 } },
    { unwinder: 'dwarf-list', verdicts: { pass: 980, fail: 20, missing: 0, error: 0 } },
  ],
  blames: { producer: 30, engine: 0, program: 0, unknown: 0 },
  timing: { seconds: 2, jobs: 2 },
  ...change,
});
const findings: SurveyFindings = { kind: 'findings', findings: [], left: { calls: 0, functions: 0 } };
const survey = (name: string, architecture: string, change?: Partial<SurveyFinal>) => ({
  name,
  architecture,
  findings,
  final: final(change),
});
const plain = (_style: unknown, text: string) => text;

describe('librariesText', () => {
  it('adds the libraries of an architecture up, with the passes of the unwinder that has fewest', () => {
    const text = librariesText(
      [survey('libm', 'x86-64'), survey('zlib', 'x86-64'), survey('zlib-aarch64', 'aarch64')],
      6,
      plain,
    );
    expect(text.split('\n').map((line) => line.split(/\s{2,}/))).toEqual([
      ['library', 'functions', 'stops', 'pass', 'findings', 'engine', 'unknown', 'died', 'seconds'],
      ['libm', '4', '1,000', '980', '0', '0', '0', '0', '2'],
      ['zlib', '4', '1,000', '980', '0', '0', '0', '0', '2'],
      ['in all, x86-64', '8', '2,000', '1,960', '0', '0', '0', '0', '4'],
      ['zlib-aarch64', '4', '1,000', '980', '0', '0', '0', '0', '2'],
      ['in all, aarch64', '4', '1,000', '980', '0', '0', '0', '0', '2'],
      [''],
      ['PASS', 'nobody but producers is to blame, 6.0 s'],
    ]);
  });

  it.each<[string, Partial<SurveyFinal>]>([
    ['the engine is to blame', { blames: { producer: 0, engine: 1, program: 0, unknown: 0 } }],
    ['nobody knows who is', { blames: { producer: 0, engine: 0, program: 0, unknown: 1 } }],
    ['a process died', { problems: 1 }],
    ['nothing was executed', { stops: 0 }],
    ['nobody was judged', { unwinders: [] }],
  ])('fails where %s', (_, change) => {
    expect(isSound(final())).toBe(true);
    expect(isSound(final(change))).toBe(false);
    expect(librariesText([survey('a', 'x86-64'), survey('b', 'x86-64', change)], 1, plain)).toMatch(/^FAIL {2}/m);
  });
});
