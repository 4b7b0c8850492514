import { afterEach, describe, expect, it, vi } from 'vitest';
import type { FailureLine, HeaderLine } from '../../harness/record/index.ts';
import { explainFailure } from '../../reports/explanation-text.ts';
import { layOut, styleFor, summaryTable, terminalReport } from '../../reports/terminal/index.ts';
import { failure, record, recordWithFaults, summary } from './record.ts';

const plain = styleFor(false);

describe('layOut()', () => {
  it('makes columns as wide as their widest cell and pads before it paints', () => {
    const rows = layOut([
      [{ text: 'a' }, { text: '1', align: 'right', paint: (text) => `<${text}>` }],
      [{ text: 'bcd' }, { text: '1234', align: 'right' }],
    ]);
    expect(rows).toEqual(['a    <   1>', 'bcd  1234']);
  });

  it('puts what the last column has beyond the width below it', () => {
    const verdict = { text: 'all pass, 64 excluded', paint: (text: string) => `<${text}>` };
    const rows = layOut(
      [
        [{ text: 'one' }, { text: '7', align: 'right' }, verdict],
        [{ text: 'three' }, { text: '12' }],
      ],
      20,
    );
    expect(rows).toEqual(['one     7  <all pass,>\n           <64>\n           <excluded>', 'three  12']);
  });
});

describe('summaryTable()', () => {
  const lines = summaryTable(record, plain, { verbose: true });

  it('has one line for a scenario where all unwinders agree, and names them once', () => {
    const agreeing = ['right', 'too'].map((unwinder) => ({ ...summary('right', { pass: 1500 }), unwinder }));
    const other = { ...summary('wrong', { pass: 1, fail: 1499 }), scenario: 'group/two' };
    const one = { ...agreeing[0]!, scenario: 'group/two' };
    const final = record.at(-1)!;
    const table = summaryTable([...agreeing, one, other, final], plain);
    expect(table.slice(0, 6)).toEqual([
      'aarch64: right, too, wrong',
      'scenario  unwinder  stops    PCs   executed   rate  verdicts',
      'group/',
      '  one     all       1,500  1,200  99 of 100  3 k/s  all pass',
      '  two     right     1,500  1,200  99 of 100  3 k/s  all pass',
      '          wrong     1,500  1,200  99 of 100  3 k/s  1,499 fail',
    ]);
    const many = Array.from({ length: 9 }, (_, i) => ({ ...agreeing[0]!, unwinder: `unwinder-${i}-${'x'.repeat(9)}` }));
    const wrapped = summaryTable([...many, final], plain);
    expect(wrapped[0]!.length).toBeLessThanOrEqual(100);
    expect(wrapped[1]).toMatch(/^ {2}unwinder-/);
    const unexecuted = { ...agreeing[0]!, stops: 0, distinctPcs: 0, executed: 0, emitted: 0 };
    expect(summaryTable([unexecuted, final], plain)[3]).toMatch(/ rows pass$/);
    const verbose = summaryTable([...agreeing, one, other, final], plain, { verbose: true });
    expect(verbose.slice(3, 5).map((line) => line.slice(0, 18).trim())).toEqual(['one     right', 'too']);
  });

  it('is no wider than the terminal', () => {
    const narrow = summaryTable(record, plain, { width: 66 }).flatMap((line) => line.split('\n'));
    expect(Math.max(...narrow.map((line) => line.length))).toBeLessThanOrEqual(66);
    expect(narrow.join(' ').replace(/\s+/g, ' ')).toBe(lines.join(' ').replace(/\s+/g, ' '));
  });

  it('has a line per scenario and unwinder with stops, PCs, execution, verdicts and rate', () => {
    expect(lines.slice(0, 7)).toEqual([
      'aarch64: right, wrong, lacking, crashing',
      'scenario  unwinder  stops    PCs   executed   rate  verdicts',
      'group/',
      '  one     right     1,500  1,200  99 of 100  3 k/s  all pass',
      '          wrong     1,500  1,200  99 of 100  3 k/s  1,234 fail',
      '          lacking   1,500  1,200  99 of 100  3 k/s  1,500 missing',
      '          crashing  1,500  1,200  99 of 100  3 k/s  1 error',
    ]);
  });

  it('sums up each architecture with what the stops cover', () => {
    const text = lines.join('\n');
    expect(text).toMatch(
      /^in all {3}stops {4}PCs {3}executed {3}rate {2}verdicts\n {2}right {2}1,500 {2}1,200 {2}99 of 100 {2}3 k\/s {2}all pass$/m,
    );
    expect(text).toContain('1,500 stops at 1,200 PCs, 1.23 % of them at the busiest');
    expect(text).toContain("30 distinct pairs of a row and its caller's row");
    expect(text).toContain('99 of 100 emitted instructions executed; 25.0 % of the generated code is padding');
    expect(text).toContain('saved and live value differ in 25.0 % of 4,000 compared (stop, register) pairs');
  });
});

describe('terminalReport()', () => {
  const text = terminalReport(record, plain);

  it('explains failures: row, code with rows, frames, how to replay', () => {
    expect(text).toContain(`fail: group/one on aarch64, wrong: x19 (1,234 times in 2 programs)
  row  CFA=sp+16 x19=[CFA-16]
  at   program 4, run 1, stop 17, pc 0x401004
  why  frame 1: x19 is 0x2, expected 0x1 <&">

  frame 0 is stopped at 0x401004 (entry+0x4); its row, at >, leads to frame 1
    0x401000  +0x0  nop            CFA=sp+0
  > 0x401004  +0x4  ldr x19, [sp]  CFA=sp+16 x19=[CFA-16]
    0x401008  +0x8  ret            "

  frame 1 (caller)
    ≠ x19           expected 0x1                actual 0x2
      pc            expected 0x5                actual 0x5
  frame 2 (not in the truth)
    ≠ pc            expected -                  actual 0x9
    ≠ ending        expected no-info            actual loop

  replay  npx plumbline run --scenario group/one --program 4 --architecture aarch64 --unwinder wrong --seed 7 --run 1 --stop 17`);
  });

  it('wraps rows under their column and says which frame a row belongs to', () => {
    const row = 'CFA=x29+32 x19=[CFA-16] x20=[CFA-8] x29=[CFA-32] x30=[CFA-24]';
    const explained = failure.example.explanation!;
    const place = { ...explained.place, frame: 2, kind: 'caller', pc: '0x401008' } as const;
    const code = explained.code.map((one) => ({ ...one, row }));
    const message = 'frame 3: x19 is 0x7ffd001ffd00, expected 0x7ffd001ffd20';
    const example = { ...failure.example, message, explanation: { ...explained, place, code } };
    const lines = explainFailure(record[0] as HeaderLine, { ...failure, row, example }, 67);
    expect(lines.join('\n')).toContain(`  row  CFA=x29+32 x19=[CFA-16] x20=[CFA-8] x29=[CFA-32]
       x30=[CFA-24]
`);
    expect(lines.join('\n')).toContain(`
  frame 2 resumes at 0x401008 (entry+0x8); its row is that of its
  call, at > (looked up at pc - 1), and leads to frame 3
    0x401000  +0x0  nop            CFA=x29+32 x19=[CFA-16]
                                   x20=[CFA-8] x29=[CFA-32]
                                   x30=[CFA-24]
  > 0x401004  +0x4  ldr x19, [sp]  "
    0x401008  +0x8  ret            "
`);
    const replay = lines.findIndex((line) => line.startsWith('  replay'));
    expect(Math.max(...lines.slice(0, replay).map(({ length }) => length))).toBeLessThanOrEqual(67);
  });

  it('leaves the ending out where it is right', () => {
    const explained = failure.example.explanation!;
    const explanation = { ...explained, actualEnding: explained.expectedEnding };
    const example = { ...failure.example, explanation };
    const lines = explainFailure(record[0] as HeaderLine, { ...failure, example });
    expect(lines.join('\n')).not.toContain('ending');
  });

  it('replays the whole program where a row was judged, not a stop', () => {
    const header = record.find((line) => line.kind === 'header')!;
    const lines = explainFailure(header, { ...failure, divergence: 'row' });
    expect(lines.at(-1)).toMatch(/ --seed 7$/);
  });

  it('replays the whole program where the program itself is at fault', () => {
    expect(text).toContain('--program 0 --architecture aarch64 --unwinder crashing --seed 7\n');
  });

  it('explains failures of other scenarios and kinds before more of the same', () => {
    const like = (scenario: string, divergence: string, pc: string): FailureLine => ({
      ...failure,
      scenario,
      divergence,
      example: { ...failure.example, pc, message: `${scenario} ${divergence} ${pc}` },
    });
    const many = [
      like('group/one', 'pc', '0x1'),
      like('group/one', 'pc', '0x2'),
      like('group/one', 'sp', '0x3'),
      like('group/two', 'pc', '0x4'),
      like('group/two', 'sp', '0x5'),
    ];
    const others = record.filter(({ kind }) => kind !== 'failure');
    const shown = terminalReport([others[0]!, ...many, ...others.slice(1)], plain);
    expect([...shown.matchAll(/^ {2}why {2}(.*)$/gm)].map(([, why]) => why)).toEqual([
      'group/one pc 0x1',
      'group/two sp 0x5',
      'group/one sp 0x3',
    ]);
    expect(shown).toContain('2 more groups of failures in the record (--out DIR)');
  });

  it('ends with the result', () => {
    expect(text).toMatch(/\nFAIL {2}0 programs, seed 7, Unicorn 2\.0\.1, 2 processes, 3\.2 s\n$/);
  });

  it('counts known faults of producers apart from verdicts', () => {
    const report = terminalReport(recordWithFaults, plain);
    expect(report).toContain(
      '  known-producer-faults  right     1,500  1,200         -  3 k/s  all pass, 15 excluded\n',
    );
    expect(report).toMatch(
      /^excluded: .*\n {2}aarch64 {2}no-epilogue {2}right {2}15 stops {2}at 5 PCs {2}of 2 programs$/m,
    );
    expect(text).not.toMatch(/producer|excluded/);
  });

  afterEach(() => {
    vi.unstubAllEnvs();
  });

  it('is coloured only for terminals, and not where NO_COLOR is set', () => {
    expect(text).not.toContain('\u001b');
    vi.stubEnv('NO_COLOR', '');
    expect(terminalReport(record, styleFor(true))).toContain('\u001b[31mFAIL');
    vi.stubEnv('NO_COLOR', '1');
    expect(terminalReport(record, styleFor(true))).not.toContain('\u001b');
  });
});
