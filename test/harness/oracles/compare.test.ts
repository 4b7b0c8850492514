import { describe, expect, it } from 'vitest';
import { compareFdes, type OracleFde, type OracleRow } from '../../../harness/oracles/index.ts';

function row(location: bigint, cfa: string, rules: Record<string, string> = {}): OracleRow {
  return { location, cfa, rules: new Map(Object.entries(rules)) };
}

function fde(start: bigint, ...rows: OracleRow[]): OracleFde {
  return { section: '.eh_frame', offset: 0x18, start, end: start + 0x20n, rows };
}

describe('compareFdes()', () => {
  const ours = fde(0x1000n, row(0x1000n, 'rsp+8', { rip: '[CFA-8]' }), row(0x1004n, 'rsp+16', { rip: '[CFA-8]' }));

  it('finds no difference in equal rows, wherever the function lies', () => {
    const theirs = fde(0n, row(0n, 'rsp+8', { rip: '[CFA-8]' }), row(4n, 'rsp+16', { rip: '[CFA-8]' }));
    expect(compareFdes([ours], [theirs], 'llvm-dwarfdump')).toEqual([]);
  });

  it('takes the last of several rows at one location, and ignores those behind the function', () => {
    const extra = [row(0x1004n, 'rsp+99'), ours.rows[1]!, row(0x1020n, 'rsp+99')];
    expect(compareFdes([ours], [fde(0x1000n, ours.rows[0]!, ...extra)], 'llvm-dwarfdump')).toEqual([]);
  });

  it('names each place where a row says something else', () => {
    const theirs = fde(0x1000n, ours.rows[0]!, row(0x1008n, 'rsp+24', { rip: '[CFA-8]', rbx: '[CFA-16]' }));
    const place = { tool: 'llvm-dwarfdump', section: '.eh_frame', fde: 0x18 };
    expect(compareFdes([ours], [theirs], 'llvm-dwarfdump')).toEqual([
      { ...place, at: 4n, what: 'cfa', engine: 'rsp+16', theirs: 'rsp+8' },
      { ...place, at: 8n, what: 'cfa', engine: 'rsp+16', theirs: 'rsp+24' },
      { ...place, at: 8n, what: 'rbx', engine: 'no rule', theirs: '[CFA-16]' },
    ]);
  });

  it('knows that readelf prints u for registers without a rule, and no expressions', () => {
    const engine = fde(0n, row(0n, '{rsp+8 deref}', { rip: '[{rsp+0}]', ra_sign_state: '1' }));
    const printed = fde(0n, row(0n, '{}', { rip: '[{}]', rbx: 'u' }));
    expect(compareFdes([engine], [printed], 'readelf')).toEqual([]);
    expect(compareFdes([engine], [printed], 'llvm-dwarfdump')).toHaveLength(4);
  });

  it('finds FDEs only one of them has, other ranges, and rows only one of them can read', () => {
    const what = (engine: OracleFde[], theirs: OracleFde[]): string[] =>
      compareFdes(engine, theirs, 'readelf').map((difference) => difference.what);
    expect(what([ours], [])).toEqual(['fde']);
    expect(what([], [ours])).toEqual(['fde']);
    expect(what([ours], [{ ...ours, end: 0x1021n }])).toEqual(['range']);
    expect(what([{ ...ours, error: 'broken' }], [ours])).toEqual(['error']);
    expect(what([{ ...ours, error: 'broken' }], [{ ...ours, error: 'also' }])).toEqual([]);
  });
});
