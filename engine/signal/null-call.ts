import type { Architecture } from '../architecture/index.ts';
import { type CurrentFrame, hex } from '../current-frame.ts';
import { UnwindError } from '../errors.ts';

/**
 * The caller of a frame that was interrupted at address 0, where no code can be: it called a null pointer, and
 * everything is as at a function's entry. The return address is on top of the stack, or in the link register.
 * Throws `UnwindError` `unreadable` where it cannot be had.
 */
export function callOfNullPointer(architecture: Architecture, frame: CurrentFrame, caller: number): void {
  const { values, known, base, memory } = frame;
  const { columnCount, pc, sp, link } = architecture;
  values.copyWithin(2 * caller, 2 * base, 2 * (base + columnCount));
  known.copyWithin(caller, base, base + columnCount);
  if (link >= 0) {
    if (known[base + link] !== 1)
      throw new UnwindError('unreadable', 'address 0', -1, 'expected a known link register');
    values[2 * (caller + pc)] = values[2 * (base + link)]!;
    values[2 * (caller + pc) + 1] = values[2 * (base + link) + 1]!;
    return;
  }
  const lo = values[2 * (base + sp)]!;
  const hi = values[2 * (base + sp) + 1]!;
  if (!memory.read64(lo, hi, values, 2 * (caller + pc))) {
    throw new UnwindError('unreadable', 'address 0', -1, `expected the return address at ${hex(lo, hi)}`);
  }
  values[2 * (caller + sp)] = lo + 8;
  values[2 * (caller + sp) + 1] = hi + (lo + 8 > 0xffffffff ? 1 : 0);
}
