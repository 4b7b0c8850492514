import { describe, expect, it } from 'vitest';
import { checkPassable, parseSignatures, SignaturesError } from '../../../harness/survey/index.ts';

describe('parseSignatures()', () => {
  it('reads every kind of argument', () => {
    const text = '{ "f": ["int", "length", "double", "null", "string", "buffer:16", "out:256"], "g": [] }';
    expect(parseSignatures(text)).toEqual({
      f: [
        { kind: 'int' },
        { kind: 'length' },
        { kind: 'double' },
        { kind: 'null' },
        { kind: 'string' },
        { kind: 'buffer', size: 16 },
        { kind: 'out', size: 256 },
      ],
      g: [],
    });
  });

  it.each([
    ['{', /is not JSON/],
    ['[]', /expected record/i],
    ['{ "f": ["pointer"] }', /f\[0\]/],
    ['{ "f": ["buffer:65537"] }', /f\[0\]/],
    ['{ "f": "int" }', /expected array/i],
  ])('refuses %s', (text, message) => {
    expect(() => parseSignatures(text)).toThrow(SignaturesError);
    expect(() => parseSignatures(text)).toThrow(message);
  });
});

describe('checkPassable()', () => {
  const check = (architecture: 'x86-64' | 'aarch64', integers: number, doubles: number) =>
    checkPassable(
      parseSignatures(JSON.stringify({ f: [...Array(integers).fill('int'), ...Array(doubles).fill('double')] })),
      architecture,
    );

  it('takes what registers can pass', () => {
    check('x86-64', 6, 8);
    check('aarch64', 8, 8);
  });

  it('refuses what does not fit in them', () => {
    expect(() => check('x86-64', 7, 0)).toThrow(SignaturesError);
    expect(() => check('x86-64', 7, 0)).toThrow('has 7 integers and pointers for f; at most 6 can be passed on x86-64');
    expect(() => check('aarch64', 9, 0)).toThrow('at most 8 can be passed on aarch64');
    expect(() => check('x86-64', 0, 9)).toThrow('has 9 doubles for f; at most 8');
  });
});
