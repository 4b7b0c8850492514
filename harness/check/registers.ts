import type { Architecture } from '../../engine/index.ts';

/**
 * Ranges of DWARF register numbers an architecture gives a meaning, first and last: System V psABI AMD64, figure 3.36;
 * DWARF for the Arm 64-bit Architecture, "DWARF register names".
 */
const ranges: Record<Architecture['name'], readonly (readonly [number, number])[]> = {
  'x86-64': [
    [0, 66],
    [67, 82],
    [118, 126],
    [130, 145],
  ],
  aarch64: [
    [0, 39],
    [46, 127],
  ],
};

export function isRegister(architecture: Architecture, number: number): boolean {
  return ranges[architecture.name].some(([first, last]) => number >= first && number <= last);
}
