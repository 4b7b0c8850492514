import { describe, expect, it } from 'vitest';
import { codeLengths } from '../../../../engine/elf-compact/stream/code-lengths.ts';

const kraft = (lengths: Uint8Array): number => lengths.reduce((sum, length) => sum + 2 ** -length, 0);

describe('codeLengths', () => {
  it('gives frequent symbols short words, as Huffman does', () => {
    expect([...codeLengths([8, 4, 2, 1, 1])]).toEqual([1, 2, 3, 4, 4]);
    expect([...codeLengths([3, 3, 3, 3])]).toEqual([2, 2, 2, 2]);
    expect([...codeLengths([5, 1, 1])]).toEqual([1, 2, 2]);
  });

  it('gives a single symbol no bits, and nothing where there is none', () => {
    expect([...codeLengths([7])]).toEqual([0]);
    expect([...codeLengths([])]).toEqual([]);
  });

  it('never exceeds 15 bits, and leaves no words unused', () => {
    const fibonacci = [1, 1];
    while (fibonacci.length < 30) fibonacci.push(fibonacci.at(-1)! + fibonacci.at(-2)!);
    const steep = codeLengths(fibonacci.reverse());
    expect(Math.max(...steep)).toBe(15);
    expect(kraft(steep)).toBe(1);
    const many = codeLengths(Array.from({ length: 2 ** 14 + 2 }, (_, i) => (i === 0 ? 1e9 : 1)));
    expect(Math.max(...many)).toBe(15);
    expect(kraft(many)).toBe(1);
  });
});
