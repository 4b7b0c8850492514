import { expect, it } from 'vitest';
import { disassemble } from '../../../../harness/disassembly/index.ts';
import { encoderCases } from './cases.ts';
import { place } from './place.ts';

const base = 0x4000_0000n;

/** One spelling for what the assembler's input and Capstone's output spell differently. */
function normalise(text: string): string {
  const plain = text
    .replace(/\.\+\((-?\d+)\)/, (_, distance: string) => `#${base + BigInt(distance)}`)
    .replace(/#(-?)(0x[0-9a-f]+|\d+)/g, (_, minus: string, digits: string) => {
      const magnitude = BigInt(digits);
      return `#${BigInt.asUintN(64, minus === '' ? magnitude : -magnitude)}`;
    })
    .replace(/, #0(?:, mul vl)?\]$/, ']')
    .replace(/^ret x30$/, 'ret')
    // Immediates of add, sub, cmp and cmn that are shifted by 12.
    .replace(
      /^((?:add|sub|cmp|cmn) .*)#(\d+), lsl #12$/,
      (_, before: string, n: string) => `${before}#${Number(n) * 4096}`,
    )
    .replace(/^add (.*), #0$/, (whole, operands: string) => (/\bsp\b/.test(operands) ? `mov ${operands}` : whole))
    .replace(/\bhs\b/, 'cs')
    .replace(/\blo\b/, 'cc')
    // Assemblers take str for stur where only that form fits; the bytes are compared with GNU as elsewhere.
    .replace(/^(ld|st)u(r\w*) /, '$1$2 ')
    // Capstone names the 32-bit register for the bits it has.
    .replace(/^(tbn?z) w/, '$1 x')
    // A shift by nothing has one encoding and two names.
    .replace(/^lsr (.*), #0$/, 'lsl $1, #0');
  const wide = /^(?:mov|movz|movn) (\w+), #(\d+)(?:, lsl #(\d+))?$/.exec(plain);
  if (wide === null) {
    return plain;
  }
  const value = BigInt(wide[2]!) << BigInt(wide[3] ?? 0);
  return `mov ${wide[1]}, #${BigInt.asUintN(64, plain.startsWith('movn') ? ~value : value)}`;
}

it('encodes what Capstone decodes to the same text', () => {
  const wrong = encoderCases.flatMap(({ text, instruction, distance }) => {
    const [decoded] = disassemble('aarch64', place(instruction, base, distance), base);
    const actual = normalise(`${decoded?.mnemonic} ${decoded?.operands}`.trim());
    const expected = normalise(text);
    return actual === expected ? [] : [`${text}: ${actual}, expected ${expected}`];
  });
  expect(wrong).toEqual([]);
});
