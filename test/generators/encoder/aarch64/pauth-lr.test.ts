import { expect, it } from 'vitest';
import {
  autiasppcr,
  autibsppcr,
  paciasppc,
  pacibsppc,
  registers,
} from '../../../../generators/encoder/aarch64/index.ts';
import { word } from './place.ts';

// Newer than the assemblers at hand: words from the Arm Architecture Reference Manual, FEAT_PAuth_LR.
it.each([
  ['paciasppc', paciasppc(), 0xdac1a3fe],
  ['pacibsppc', pacibsppc(), 0xdac1a7fe],
  ['autiasppcr x16', autiasppcr(registers.x16), 0xdac1921e],
  ['autibsppcr x2', autibsppcr(registers.x2), 0xdac1945e],
])('%s', (_, instruction, expected) => {
  expect(word(instruction)).toBe(expected);
});
