import { describe, expect, it } from 'vitest';
import { parseSignatures, SignaturesError } from '../../../harness/survey/index.ts';

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
