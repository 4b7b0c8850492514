import { appendFileSync, mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { Journal, JournalError } from '../../../harness/survey/index.ts';

const answer = (problem: string) => ({ problem });

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

  it('begins anew where another survey wrote it, or refuses to', () => {
    const at = folder();
    new Journal(at, 'one', false).add('f@0x1', answer('one'));
    expect(() => new Journal(at, 'two', true)).toThrow(JournalError);
    expect(new Journal(at, 'two', false).answers.size).toBe(0);
    expect(new Journal(at, 'one', false).answers.size).toBe(0);
  });
});
