import { expect, test } from 'vitest';
import { disassemble } from '../../../../harness/disassembly/index.ts';
import { encoderCases, placed } from './cases.ts';

const address = 0x10000000n;

/** Text with spaces, redundant segments, signs and zero displacements gone and numbers in one form, so that spellings compare. */
function normalised(text: string): string {
  return text
    .replace('ds:', '')
    .replace(/\s*([-+*,[\]])\s*/g, '$1')
    .replace(/([-+]?)(?<![a-z\d])(0x[\da-f]+|\d+)/g, (_, sign: string, digits: string) => {
      const value = BigInt(digits);
      return sign === '+' && value === 0n ? '' : `+${BigInt.asUintN(64, sign === '-' ? -value : value)}`;
    })
    .replace(/\*\+1(?!\d)/g, '');
}

test('Capstone reads every case as the instruction it is meant to be', () => {
  const wrong = encoderCases.flatMap((one) => {
    const bytes = placed(one, address);
    const read = disassemble('x86-64', bytes, address);
    const text = read.map(({ mnemonic, operands }) => `${mnemonic} ${operands}`.trim()).join('; ');
    const meant = one.text.replace('{target}', `${address + BigInt(one.distance ?? 0)}`);
    const same = read.length === 1 && read[0]!.size === bytes.length && normalised(text) === normalised(meant);
    return same ? [] : [`${meant}: ${Buffer.from(bytes).toString('hex')} is ${text}`];
  });
  expect(wrong).toEqual([]);
});
