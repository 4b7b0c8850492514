import type { CurrentFrame } from '../current-frame.ts';
import { hex } from '../current-frame.ts';
import { UnwindError } from '../errors.ts';
import type { Memory, MemoryWindow } from '../memory.ts';

/** How one architecture's kernel leaves the interrupted registers for the rt_sigreturn system call. */
export interface SignalTrampoline {
  /** Whether the frame's PC is at code that makes the rt_sigreturn system call. */
  matches(frame: CurrentFrame): boolean;
  /**
   * Writes the interrupted registers to the same buffers at column index `caller`, as rt_sigreturn would load them.
   * Throws `UnwindError`: `unreadable` where the kernel's frame cannot be read, `invalid` where it is malformed.
   */
  restore(frame: CurrentFrame, caller: number): void;
}

function codeAt(memory: Memory, lo: number, hi: number, code: Uint8Array): boolean {
  const window = memory.find(lo, hi, code.length);
  if (window === undefined) return false;
  const offset = window.offsetOf(lo, hi, code.length);
  for (let i = 0; i < code.length; i++) {
    if (window.view.getUint8(offset + i) !== code[i]) return false;
  }
  return true;
}

/**
 * Whether the PC in column `pc` is at the first or the second of two instructions; `first` is the length of the first.
 */
export function isAtCode(frame: CurrentFrame, pc: number, code: Uint8Array, first: number): boolean {
  const index = 2 * (frame.base + pc);
  const lo = frame.values[index]!;
  const hi = frame.values[index + 1]!;
  return codeAt(frame.memory, lo, hi, code) || codeAt(frame.memory, lo - first, hi - (lo < first ? 1 : 0), code);
}

/** The window that holds `size` bytes of the kernel's frame from an address on; throws where it cannot be read. */
export function signalFrameWindow(memory: Memory, lo: number, hi: number, size: number): MemoryWindow {
  const window = memory.find(lo, hi, size);
  if (window === undefined) {
    throw new UnwindError('unreadable', 'signal frame', -1, `expected ${size} readable bytes at ${hex(lo, hi)}`);
  }
  return window;
}
