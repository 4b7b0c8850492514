import { describe, expect, it } from 'vitest';
import { applyPatch, PatchError, parsePatch } from '../../../harness/defects/patch.ts';

const source = ['one', 'two', 'three', 'four', 'five', ''].join('\n');
const diff = (...hunk: string[]) => ['Title: t', '', '--- a/engine/x.ts', '+++ b/engine/x.ts', ...hunk, ''].join('\n');
const replaceThree = diff('@@ -2,3 +2,4 @@', ' two', '-three', '+3', '+3.5', ' four');
const apply = (text: string, to = source) => applyPatch(to, parsePatch(text)[0]!);

describe('applyPatch()', () => {
  it('replaces the lines a hunk removes by those it adds', () => {
    expect(apply(replaceThree)).toBe('one\ntwo\n3\n3.5\nfour\nfive\n');
  });

  it('finds a hunk whose lines have moved', () => {
    expect(apply(replaceThree, `zero\n${source}`)).toBe('zero\none\ntwo\n3\n3.5\nfour\nfive\n');
  });

  it('takes the place the header names where a hunk fits several', () => {
    const twice = 'a\nb\na\nb\n';
    expect(apply(diff('@@ -3,2 +3,1 @@', ' a', '-b'), twice)).toBe('a\nb\na\n');
    expect(() => apply(diff('@@ -2,2 +2,1 @@', ' a', '-b'), twice)).toThrow('there 2 times, none of them at line 2');
  });

  it('applies hunks one behind the other, counting what earlier ones added', () => {
    const repeated = 'a\nb\nc\na\nb\nc\na\nb\n';
    const text = diff('@@ -1,2 +1,3 @@', ' a', '+new', ' b', '@@ -4,2 +5,2 @@', ' a', '-b', '+B');
    expect(apply(text, repeated)).toBe('a\nnew\nb\nc\na\nB\nc\na\nb\n');
  });

  it.each([
    ['a context line differs', diff('@@ -2,3 +2,3 @@', ' Two', '-three', '+3', ' four')],
    ['a context line differs in white space', diff('@@ -2,3 +2,3 @@', ' two ', '-three', '+3', ' four')],
    ['a removed line differs', diff('@@ -2,3 +2,3 @@', ' two', '-THREE', '+3', ' four')],
  ])('throws where %s', (_, text) => {
    expect(() => apply(text)).toThrow(new PatchError('hunk 1 does not apply to engine/x.ts: its lines are not there'));
  });
});

describe('parsePatch()', () => {
  it('reads several files', () => {
    const second = ['--- a/engine/y.ts', '+++ b/engine/y.ts', '@@ -1 +1 @@', '-a', '+b', ''].join('\n');
    expect(parsePatch(replaceThree + second).map(({ path, hunks }) => [path, hunks.length])).toEqual([
      ['engine/x.ts', 1],
      ['engine/y.ts', 1],
    ]);
  });

  it.each([
    ['no diff', 'Title: nothing', 'expected a unified diff'],
    ['a file without hunks', diff(), 'expected a unified diff'],
    ['a renamed file', diff().replace('+++ b/engine/x.ts', '+++ b/engine/y.ts'), 'expected "+++ b/engine/x.ts"'],
    ['too few lines in a hunk', diff('@@ -1,3 +1,3 @@', ' one', ' two'), 'expected 3 old and 3 new lines'],
    ['a hunk with other counts', diff('@@ -1,1 +1,2 @@', '+a', '+b', '+c', ' one'), 'other numbers of lines'],
    ['a broken header', diff('@@ one @@', ' one'), 'expected "@@ -START,COUNT'],
  ])('throws for %s', (_, text, message) => {
    expect(() => parsePatch(text)).toThrow(PatchError);
    expect(() => parsePatch(text)).toThrow(message);
  });
});
