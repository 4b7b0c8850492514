import { describe, expect, test } from 'vitest';
import { missingTools } from '../../../tools/external.ts';
import { assembledText } from '../../../tools/gnu-as.ts';
import { encoderCases, placed } from './cases.ts';

const missing = missingTools('as', 'objcopy');
const slotSize = 16;

describe.skipIf(missing.length > 0)('x86-64 encoder against GNU as (needs as, objcopy)', () => {
  test('encodes every case byte for byte as the assembler does', () => {
    const source = [
      '.intel_syntax noprefix',
      '.text',
      ...encoderCases.flatMap(({ text, forAs, distance }) => [
        (forAs ?? text).replace('{target}', `. + (${distance})`),
        `.balign ${slotSize}, 0xcc`,
      ]),
      '.set sixteen, 16',
      '',
    ].join('\n');
    const expected = assembledText('x86-64', source);
    expect(expected.length).toBe(encoderCases.length * slotSize);
    const wrong = encoderCases.flatMap((one, i) => {
      const slot = new Uint8Array(slotSize).fill(0xcc);
      slot.set(placed(one, BigInt(i * slotSize)));
      const actual = Buffer.from(slot).toString('hex');
      const wanted = Buffer.from(expected.subarray(i * slotSize, (i + 1) * slotSize)).toString('hex');
      return actual === wanted ? [] : [`${one.text}: ${actual}, GNU as ${wanted}`];
    });
    expect(wrong).toEqual([]);
    expect(encoderCases.length).toBeGreaterThan(5000);
  });
});
