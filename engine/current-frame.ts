import type { Memory } from './memory.ts';

/**
 * The frame being unwound: its registers, in buffers it shares with other frames, and the memory that can be read.
 * One object is moved from frame to frame by setting `base`.
 */
export class CurrentFrame {
  /** Low and high halves; this frame's column `c` is at `2 * (base + c)`. */
  values: Uint32Array;
  /** This frame's column `c` is known where `known[base + c]` is 1. */
  known: Uint8Array;
  base = 0;
  memory: Memory;
  /** Bits of a code address that a pointer authentication code occupies (AArch64). */
  pacMaskLo = 0;
  pacMaskHi = 0;

  constructor(values: Uint32Array, known: Uint8Array, memory: Memory) {
    this.values = values;
    this.known = known;
    this.memory = memory;
  }
}

/** A 64-bit value as errors show it. */
export function hex(lo: number, hi: number): string {
  return `0x${((BigInt(hi >>> 0) << 32n) | BigInt(lo >>> 0)).toString(16)}`;
}
