import { describe, expect, it } from 'vitest';
import { layOut, styleFor, summaryTable, terminalReport } from '../../reports/terminal/index.ts';
import { record, recordWithFaults } from './record.ts';

const plain = styleFor(false);

describe('layOut()', () => {
  it('makes columns as wide as their widest cell and pads before it paints', () => {
    const rows = layOut([
      [{ text: 'a' }, { text: '1', align: 'right', paint: (text) => `<${text}>` }],
      [{ text: 'bcd' }, { text: '1234', align: 'right' }],
    ]);
    expect(rows).toEqual(['a    <   1>', 'bcd  1234']);
  });
});

describe('summaryTable()', () => {
  const lines = summaryTable(record, plain);

  it('has a line per scenario and unwinder with stops, PCs, execution, verdicts and rate', () => {
    expect(lines.slice(0, 7)).toEqual([
      'aarch64',
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
    expect(text).toContain('all       right     1,500  1,200');
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

    0x401000  nop            CFA=sp+0
  > 0x401004  ldr x19, [sp]  CFA=sp+16 x19=[CFA-16]

  frame 1 (caller)
    ≠ x19           expected 0x1                actual 0x2
      pc            expected 0x5                actual 0x5
  frame 2 (not in the truth)
    ≠ pc            expected -                  actual 0x9
    ≠ ending        expected no-info            actual loop

  replay  npx plumbline run --scenario group/one --program 4 --architecture aarch64 --unwinder wrong --seed 7 --run 1 --stop 17`);
  });

  it('replays the whole program where the program itself is at fault', () => {
    expect(text).toContain('--program 0 --architecture aarch64 --unwinder crashing --seed 7\n');
  });

  it('ends with the result', () => {
    expect(text).toMatch(/\nFAIL {2}0 programs, seed 7, Unicorn 2\.0\.1, 2 processes, 3\.2 s\n$/);
  });

  it('counts known faults of producers apart from verdicts', () => {
    const report = terminalReport(recordWithFaults, plain);
    expect(report).toContain('  known-producer-faults  right     1,500  1,200          -  3 k/s  15 producer\n');
    expect(report).toMatch(
      /^known producer faults: .*\n {2}aarch64 {2}no-epilogue {2}right {2}15 stops {2}at 5 PCs {2}of 2 programs$/m,
    );
    expect(text).not.toContain('producer');
  });

  it('is coloured only for terminals', () => {
    expect(text).not.toContain('\u001b');
    expect(terminalReport(record, styleFor(true))).toContain('\u001b[31mFAIL');
  });
});
