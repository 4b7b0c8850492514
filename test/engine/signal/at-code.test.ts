import { describe, expect, test } from 'vitest';
import { CurrentFrame } from '../../../engine/current-frame.ts';
import { Memory, MemoryWindow, x86_64 } from '../../../engine/index.ts';
import { isAtCode } from '../../../engine/signal/trampoline.ts';
import { registerFile } from '../hand-made.ts';

/** Two instructions, of 2 bytes and 1. */
const code = Uint8Array.of(0x11, 0x12, 0x21);

function isFound(at: bigint, rip: bigint): boolean {
  const known = new Uint8Array(x86_64.columnCount).fill(1);
  const memory = new Memory([new MemoryWindow(at, code)]);
  return isAtCode(new CurrentFrame(registerFile(x86_64, { rip }), known, memory), x86_64.pc, code, 2);
}

describe.each([0x5000n, 0x7_0000_0000n, 0x6_ffff_ffffn, 0x6_ffff_fffen, 0x6_ffff_fffdn])('code at %i', (at) => {
  test('is found at its two instructions', () => {
    expect([isFound(at, at), isFound(at, at + 2n)]).toEqual([true, true]);
  });

  test('is not found at what is beside them', () => {
    expect([at - 1n, at + 1n, at + 3n, at + (1n << 32n)].filter((rip) => isFound(at, rip))).toEqual([]);
  });
});
