import { describe, expect, it } from 'vitest';
import type { CompactEncoding, CompactFile } from '../../harness/record/compact.ts';
import { compactSumText, compactText } from '../../reports/compact/index.ts';
import { styleFor } from '../../reports/terminal/index.ts';

const exact: CompactEncoding = {
  functions: 100_000,
  strict: 60_000,
  valueEqual: 39_999,
  popped: 3,
  pushed: 2,
  fallback: { 'CFA is an expression': 1 },
  inexact: 0,
  examples: [],
  descriptors: 199_998,
  compared: 500_000,
  beyond: 12,
  lsda: { checked: 7, wrong: 0 },
  bytes: { header: 16, pages: 984 },
  totalBytes: 1000,
  originalBytes: 8000,
};
const place = { function: '0x10', address: '0x14', size: 4, dwarf: 'CFA=rsp+8', encoding: 'CFA=rsp+16' };
const inexact: CompactEncoding = {
  ...exact,
  strict: 59_999,
  inexact: 1,
  examples: [{ member: 'a.o', ...place }],
  bytes: { index: 9000 },
  totalBytes: 9000,
  steps: {
    functions: 10,
    steps: 50,
    toCaller: 49,
    different: 1,
    differences: [{ pc: '0x15', original: 'a', emitted: 'b' }],
  },
};
const file: CompactFile = {
  file: 'libx.so',
  kind: 'linked',
  architecture: 'x86-64',
  members: 1,
  original: { '.eh_frame_hdr': 1000, '.eh_frame': 7000 },
  encodings: { good: exact, bad: inexact },
};

const plain = styleFor(false);
const lines = compactText(file, plain).split('\n');
const line = (label: string) =>
  lines
    .find((one) => one.trimStart().startsWith(label))
    ?.replace(/ {2,}/g, ' ')
    .trim();

describe('compactText()', () => {
  it('puts the encodings side by side', () => {
    expect(lines[0]).toBe('libx.so (linked, x86-64)');
    expect(lines[1]).toBe('original bytes: .eh_frame_hdr 1,000 + .eh_frame 7,000');
    expect(lines[3]).toMatch(/^ +good +bad$/);
    expect(line('functions')).toBe('functions 100,000 100,000');
    expect(line('descriptors a function')).toBe('descriptors a function 2.00 2.00');
    expect(line('smaller')).toBe('smaller than the original 87.50 % -12.50 %');
    expect(line('bytes: pages')).toBe('bytes: pages 984 -');
    expect(line('LSDAs wrong')).toBe('LSDAs wrong 0 of 7 0 of 7');
    expect(line('different')).toBe('different - 1');
  });

  it('rounds no share up to a whole that is not', () => {
    expect(line('encoded')).toBe('encoded 99.999 % 99.998 %');
    const almost = { ...exact, functions: 1_000_000, strict: 999_999, valueEqual: 0 };
    expect(compactText({ ...file, encodings: { almost } }, plain)).toContain(' 99.999 %');
  });

  it('tells why functions stay DWARF, and both rows of what is inexact', () => {
    const text = lines.join('\n');
    expect(text).toContain('why functions stay DWARF\n  good  1  CFA is an expression\n');
    expect(text).toContain(
      'bad: 1 inexact, the first:\n  a.o: function 0x10, 4 bytes from 0x14\n    DWARF     CFA=rsp+8\n',
    );
    expect(text).toContain('bad: 1 steps differ, the first:\n  from 0x15\n    original  a\n    emitted   b');
  });

  it('shows of a step only the registers that differ', () => {
    const steps = {
      functions: 1,
      steps: 1,
      toCaller: 1,
      different: 1,
      differences: [{ pc: '0x15', original: 'rax=1 rsp=8 rip=2', emitted: 'rax=1 rsp=10 rip=3' }],
    };
    const text = compactText({ ...file, encodings: { bad: { ...exact, steps } } }, plain);
    expect(text).toContain('  from 0x15\n    original  rsp=8 rip=2\n    emitted   rsp=10 rip=3\n');
  });

  it('adds up several files, by encoding', () => {
    expect(compactSumText([file], plain)).toBe('');
    const other: CompactFile = { ...file, encodings: { good: { ...exact, totalBytes: 3000 } } };
    const table = compactSumText([file, other], plain).trim().split('\n');
    expect(table.map((row) => row.replace(/ {2,}/g, '|'))).toEqual([
      'in all|files|functions|encoded|inexact|bytes|original|smaller',
      'good|2|200,000|99.999 %|0|4,000|16,000|75.00 %',
      'bad|1|100,000|99.998 %|1|9,000|8,000|-12.50 %',
    ]);
  });

  it('says so where no encoding is for a file, and counts the objects of an archive', () => {
    const text = compactText({ ...file, kind: 'archive', members: 12, encodings: {} }, plain);
    expect(text).toContain('libx.so (archive, 12 objects with unwind information, x86-64)');
    expect(text).toContain('no encoding is for such a file');
  });
});
