import { appendFileSync, mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { FunctionEvidence } from '../../../harness/findings/index.ts';
import { Journal, JournalError } from '../../../harness/survey/index.ts';
import { packEvidence } from '../../../harness/survey/packed-evidence.ts';

const answer = (problem: string) => ({ problem });
const evidence = (packed: string) => ({ packed, callsLeft: 0, functionsLeft: 0 });

describe('Journal', () => {
  const folder = () => mkdtempSync(join(tmpdir(), 'plumbline-journal-'));

  it('gives back what was done', () => {
    const at = folder();
    const journal = new Journal(at, 'header', false);
    journal.add('f@0x1', answer('one'));
    journal.note({ emulator: 'Unicorn', notes: ['note'] });
    const again = new Journal(at, 'header', true);
    expect([...again.answers]).toEqual([['f@0x1', answer('one')]]);
    expect(again.about).toEqual({ emulator: 'Unicorn', notes: ['note'] });
  });

  it('cuts off a line that was not written to its end, and goes on behind the others', () => {
    const at = folder();
    new Journal(at, 'header', false).add('f@0x1', answer('one'));
    appendFileSync(join(at, 'journal.jsonl'), '{"key":"g@0x2","ans');
    new Journal(at, 'header', false).add('h@0x3', answer('three'));
    expect([...new Journal(at, 'header', false).answers.keys()]).toEqual(['f@0x1', 'h@0x3']);
    expect(readFileSync(join(at, 'journal.jsonl'), 'utf8')).not.toContain('g@0x2');
  });

  it('ends where an entry is not what a survey writes', () => {
    const call = { arguments: ['0'], outcome: 'finished', detail: '', stops: 3 } as const;
    const result = { calls: [call], unwinders: [], failures: [], evidence: evidence(packEvidence([])) };
    const verdicts = { pass: 3, fail: 0, missing: 0, error: 0 };
    const bad = [
      { key: 'g@0x2' },
      { key: 'g@0x2', answer: { result: { ...result, calls: [{ ...call, stops: -3 }] } } },
      {
        key: 'g@0x2',
        answer: { result: { ...result, unwinders: [{ unwinder: 'dwarf', verdicts: { ...verdicts, fail: '' } }] } },
      },
      { key: 'g@0x2', answer: { result: { ...result, evidence: evidence('garbage') } } },
      { key: 'g@0x2', answer: { result: { ...result, evidence: evidence(packEvidence([{} as FunctionEvidence])) } } },
      { key: 'g@0x2', answer: { died: 'SIGSEGV' } },
    ];
    for (const entry of bad) {
      const at = folder();
      new Journal(at, 'header', false).add('f@0x1', { result });
      const later = JSON.stringify({ key: 'h@0x3', answer: { result } });
      appendFileSync(join(at, 'journal.jsonl'), `${JSON.stringify(entry)}\n${later}\n`);
      expect([...new Journal(at, 'header', true).answers]).toEqual([['f@0x1', { result }]]);
      expect(readFileSync(join(at, 'journal.jsonl'), 'utf8').trim().split('\n')).toHaveLength(2);
    }
  });

  it('does not keep that a process died', () => {
    const at = folder();
    new Journal(at, 'header', false).add('f@0x1', { died: 'SIGKILL' });
    expect(new Journal(at, 'header', true).answers.size).toBe(0);
  });

  it('begins anew where another survey wrote it, or refuses to', () => {
    const at = folder();
    new Journal(at, 'one', false).add('f@0x1', answer('one'));
    expect(() => new Journal(at, 'two', true)).toThrow(JournalError);
    expect(new Journal(at, 'two', false).answers.size).toBe(0);
    expect(new Journal(at, 'one', false).answers.size).toBe(0);
  });
});
