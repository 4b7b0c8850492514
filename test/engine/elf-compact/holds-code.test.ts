import { describe, expect, it } from 'vitest';
import { aarch64, x86_64 } from '../../../engine/architecture/index.ts';
import { holdsCode } from '../../../engine/elf-compact/holds-code.ts';

describe('bytes between functions', () => {
  it.each([
    ['nothing', []],
    ['nop', [0x90, 0x90]],
    ['long nops', [0x66, 0x2e, 0x0f, 0x1f, 0x84, 0, 0, 0, 0, 0, 0x0f, 0x1f, 0x40, 0, 0x0f, 0x1f, 0]],
    ['int3 and zeros', [0xcc, 0xcc, 0, 0]],
    ['a jump over nops', [0xeb, 0x01, 0x90]],
  ])('are no code of x86-64: %s', (_, bytes) => {
    expect(holdsCode(x86_64, Uint8Array.from(bytes))).toBe(false);
  });

  it.each([
    ['ret', [0xc3]],
    ['nop and push', [0x90, 0x55]],
    ['half a nop', [0x0f, 0x1f, 0x84, 0]],
  ])('are code of x86-64: %s', (_, bytes) => {
    expect(holdsCode(x86_64, Uint8Array.from(bytes))).toBe(true);
  });

  it('are no code of AArch64 where they are nop or zero', () => {
    expect(holdsCode(aarch64, Uint8Array.of(0x1f, 0x20, 0x03, 0xd5, 0, 0, 0, 0))).toBe(false);
    expect(holdsCode(aarch64, Uint8Array.of(0x1f, 0x20, 0x03, 0xd5, 0xc0, 0x03, 0x5f, 0xd6))).toBe(true);
  });

  it('may be anything where they are not known', () => {
    expect(holdsCode(x86_64, undefined)).toBe(false);
  });
});
