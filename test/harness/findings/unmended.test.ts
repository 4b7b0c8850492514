import { describe, expect, it } from 'vitest';
import type { AttributedFailure } from '../../../harness/exec/index.ts';
import type { PlacedFailure } from '../../../harness/findings/make-findings.ts';
import { failureFinding, joinUnmended } from '../../../harness/findings/unmended.ts';

const sample: AttributedFailure = {
  unwinder: 'dwarf',
  verdict: 'fail',
  function: 'bare',
  module: 'lib.so',
  row: '',
  rowText: null,
  section: '',
  divergence: 'ended too early',
  count: 2,
  lookups: ['0x1010'],
  functionStart: '0x1000',
  contradiction: 'contradicts',
  example: { run: 0, stop: 1, pc: '0x1010', message: 'the walk ends' },
  blame: 'producer',
  reason: 'readelf finds no row there either',
};

const findingsOf = (...changes: Partial<AttributedFailure>[]) =>
  joinUnmended(
    changes.map((change): PlacedFailure => ({ failure: { ...sample, ...change }, cfi: undefined, offsets: [] })),
  ).map(failureFinding);

describe('failures that no directive mends', () => {
  it('are one finding for a function without FDE, whatever failed in it and wherever', () => {
    const findings = findingsOf(
      {},
      { lookups: ['0x100c', '0x1010'], divergence: 'rbx' },
      { unwinder: 'dwarf-list', verdict: 'missing' },
      { function: 'other', functionStart: '0x2000', lookups: ['0x2004'] },
      { module: 'libc.so' },
    );
    expect(findings.map(({ kind, function: name, module }) => [kind, name, module])).toEqual([
      ['no-row', 'bare', 'lib.so'],
      ['no-row', 'other', 'lib.so'],
      ['no-row', 'bare', 'libc.so'],
    ]);
    expect(findings[0]).toMatchObject({
      address: '0x100c',
      offset: 0xc,
      instructions: 2,
      verdicts: 6,
      unwinders: ['dwarf', 'dwarf-list'],
      changes: [{ action: 'add', directive: '.cfi_startproc' }],
    });
  });

  it('are not to be mended by a directive where the linker makes the code', () => {
    const names = ['.plt', '.plt.sec', '.plt.got', '.iplt', '.text', 'splt'];
    const findings = findingsOf(...names.map((name, i) => ({ function: name, functionStart: `0x${i + 1}000` })));
    expect(findings.map(({ changes }) => changes.length)).toEqual([0, 0, 0, 0, 1, 1]);
    expect(findings.map(({ reason }) => reason.includes('the linker makes this code'))).toEqual(
      findings.map(({ changes }) => changes.length === 0),
    );
  });

  it('are one finding for each row, of the producer where one of them shows that', () => {
    const row = 'CFA=rsp+8';
    const unknown = { row, blame: 'unknown', reason: 'nobody knows' } as const;
    const findings = findingsOf(unknown, { row, divergence: 'rbx' }, { row: 'CFA=rsp+16' });
    expect(findings.map(({ kind, row: its, blame }) => [kind, its, blame])).toEqual([
      ['unexplained-row', row, 'producer'],
      ['unexplained-row', 'CFA=rsp+16', 'producer'],
    ]);
  });

  it('are never joined with what the engine does wrong', () => {
    const wrong = { blame: 'engine', row: 'CFA=rsp+8' } as const;
    const findings = findingsOf({ row: 'CFA=rsp+8' }, wrong, { ...wrong, divergence: 'rbx' });
    expect(findings.map(({ kind }) => kind)).toEqual(['unexplained-row', 'engine-fault', 'engine-fault']);
  });
});
