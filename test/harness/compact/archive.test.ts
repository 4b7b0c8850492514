import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { UnwindError } from '../../../engine/index.ts';
import { isArchive, readArchive } from '../../../harness/compact/archive.ts';
import { inTemporaryFolder, missingTools } from '../../tools/external.ts';

const bytesOf = (text: string) => new Uint8Array(Buffer.from(text, 'latin1'));

function member(name: string, content: string, size = content.length): string {
  const header = `${name.padEnd(16)}${'0'.padEnd(12)}${'0'.padEnd(6)}${'0'.padEnd(6)}${'644'.padEnd(8)}`;
  return `${header}${`${size}`.padEnd(10)}\`\n${content}${content.length % 2 === 1 ? '\n' : ''}`;
}

const contents = (bytes: Uint8Array) =>
  readArchive(bytes).map((one) => [one.name, Buffer.from(one.bytes).toString('latin1')]);

function problem(text: string): UnwindError {
  try {
    readArchive(bytesOf(text));
  } catch (error) {
    if (error instanceof UnwindError) return error;
    throw error;
  }
  throw new Error('expected an UnwindError');
}

describe('readArchive()', () => {
  it('reads members of odd sizes, one behind the other, without symbol tables', () => {
    const text = `!<arch>\n${member('/', 'symbols')}${member('a.o/', 'abc')}${member('b.o/', 'defg')}`;
    expect(contents(bytesOf(text))).toEqual([
      ['a.o', 'abc'],
      ['b.o', 'defg'],
    ]);
  });

  it('finds long names in the table of names and in front of the content', () => {
    const long = 'a-name-of-more-than-sixteen-bytes.o';
    const gnu = `!<arch>\n${member('//', `other.o/\n${long}/\n`)}${member('/9', 'abc')}`;
    expect(contents(bytesOf(gnu))).toEqual([[long, 'abc']]);
    const bsd = `!<arch>\n${member(`#1/${long.length + 1}`, `${long}\0abc`)}`;
    expect(contents(bytesOf(bsd))).toEqual([[long, 'abc']]);
  });

  it.each([
    ['a header that is cut off', `!<arch>\n${member('a.o/', 'abc').slice(0, 40)}`, 8],
    ['a member that is cut off', `!<arch>\n${member('a.o/', 'abc', 400)}`, 56],
    ['a size that is no number', `!<arch>\n${member('a.o/', 'abc').replace('3         `', '-3        `')}`, 56],
    ['a header without its end', `!<arch>\n${member('a.o/', 'abc').replace('`', '*')}`, 66],
    ['a name outside the table', `!<arch>\n${member('//', 'a.o/\n')}${member('/90', 'abc')}`, 74],
  ])('refuses %s', (_, text, offset) => {
    expect(problem(text)).toMatchObject({ kind: 'invalid', section: 'archive', offset });
  });

  it('refuses a thin archive, whose members are elsewhere', () => {
    expect(isArchive(bytesOf('!<thin>\n'))).toBe(true);
    expect(problem('!<thin>\n').kind).toBe('unsupported');
  });

  const missing = missingTools('ar');
  it.skipIf(missing.length > 0)(`reads what ar writes (needs ${missing.join(' ') || 'ar'})`, () => {
    inTemporaryFolder((folder) => {
      const names = ['short.o', 'a-name-of-more-than-sixteen-bytes.o'];
      for (const name of names) writeFileSync(join(folder, name), `content of ${name}`);
      execFileSync('ar', ['rc', 'all.a', ...names], { cwd: folder });
      const expected = names.map((name) => [name, `content of ${name}`]);
      expect(contents(new Uint8Array(readFileSync(join(folder, 'all.a'))))).toEqual(expected);
    });
  });
});
