import { describe, expect, it } from 'vitest';
import { Memory, x86_64 } from '../../../engine/index.ts';
import type { Run, WalkEnd } from '../../../generators/program.ts';
import { writeColumn } from '../../../harness/truth/address.ts';
import type { TrueFrame } from '../../../harness/truth/frame.ts';
import { StackRegion } from '../../../harness/truth/stack-region.ts';
import { WalkLimits } from '../../../harness/truth/walk-limits.ts';

const start = 0x7000n;
const region = new StackRegion(x86_64, { name: 'main', start, size: 0x1000, behind: 'nobody' });
region.limit(0);
const memory = new Memory([region.window]);
const run: Run = { entry: 0n, start: 'call', arguments: [], signals: [] };

/** A frame at a PC; SP of frame `i` is 0x100 bytes times `i` + 1 into the stack. */
function registers(frame: number, pc: bigint): Uint32Array {
  const file = new Uint32Array(2 * x86_64.columnCount);
  writeColumn(file, x86_64.pc, pc);
  writeColumn(file, x86_64.sp, start + BigInt(0x100 * (frame + 1)));
  return file;
}

/** Callers that resume at these addresses, the last one being the sentinel. */
function callers(...pcs: readonly bigint[]): TrueFrame | null {
  return pcs.reduceRight<TrueFrame | null>(
    (behind, pc, i) => ({
      kind: i === pcs.length - 1 ? 'sentinel' : 'caller',
      registers: registers(i + 1, pc),
      compared: new Uint8Array(x86_64.columnCount),
      signalFrame: 0n,
      behind,
    }),
    null,
  );
}

/** Limits at a stop at 0x100, called from 0x208, 0x308 and 0x5000. */
function limits(ends: readonly WalkEnd[], more: Partial<Run> = {}): WalkLimits {
  const found = WalkLimits.of(x86_64, ends, { ...run, ...more }, [region], memory)!;
  found.apply(registers(0, 0x100n), callers(0x208n, 0x308n, 0x5000n), 3, 'no-info');
  return found;
}

const isReadable = (from: WalkLimits, offset: number) => from.memory.find(0x7000 + offset, 0, 8) !== undefined;

describe('walk limits', () => {
  it('are not there where a program declares nothing', () => {
    expect(WalkLimits.of(x86_64, [], run, [region], memory)).toBeUndefined();
  });

  it('end a walk with the first frame whose call lies in a stretch', () => {
    const found = limits([{ start: 0x300n, end: 0x308n, endings: ['invalid'] }]);
    expect([found.depth, found.endings, found.isOpen]).toEqual([2, ['invalid'], false]);
  });

  it('take the return address minus one, but the PC of the innermost frame as it is', () => {
    expect(limits([{ start: 0x208n, end: 0x209n, endings: ['invalid'] }]).depth).toBe(3);
    expect(limits([{ start: 0x100n, end: 0x101n, endings: ['invalid'] }]).depth).toBe(0);
  });

  it('let a walk end or go on where the truth may follow', () => {
    const found = limits([{ start: 0x300n, end: 0x308n, endings: ['no-info'], behind: 'truth' }]);
    expect(found.depth).toBe(3);
    expect(found.mayEnd(2, 'no-info')).toBe(true);
    expect(found.mayEnd(2, 'root')).toBe(false);
    expect(found.mayEnd(1, 'no-info')).toBe(false);
  });

  it('leave open what follows where anything may', () => {
    expect(limits([{ start: 0x300n, end: 0x308n, endings: ['loop'], behind: 'anything' }]).isOpen).toBe(true);
  });

  it('hide the part of the stack of one calling frame', () => {
    const found = limits([{ start: 0x200n, end: 0x208n, endings: ['unreadable'], hides: 'frame' }]);
    expect(found.depth).toBe(1);
    expect([0x1f8, 0x200, 0x2f8, 0x300].map((offset) => isReadable(found, offset))).toEqual([true, false, false, true]);
  });

  it('hide the rest of the stack', () => {
    const found = limits([{ start: 0x200n, end: 0x208n, endings: ['unreadable'], hides: 'rest' }]);
    expect([0x1f8, 0x200, 0xff8].map((offset) => isReadable(found, offset))).toEqual([true, false, false]);
  });

  it('hide nothing of the innermost frame', () => {
    const found = limits([{ start: 0x100n, end: 0x108n, endings: ['unreadable'], hides: 'frame' }]);
    expect([found.depth, isReadable(found, 0x100)]).toEqual([3, true]);
  });

  it('end where there is no more room, and hide what is behind', () => {
    const found = limits([], { room: 2 });
    expect([found.depth, found.endings, found.room]).toEqual([1, ['limit'], 2]);
    expect([0x1f8, 0x200].map((offset) => isReadable(found, offset))).toEqual([true, false]);
    const exact = limits([], { room: 4 });
    expect([exact.depth, exact.endings, isReadable(exact, 0x500)]).toEqual([3, ['limit', 'no-info'], true]);
  });

  it('let a walk end before a return address that leads nowhere', () => {
    const found = limits([], { returnAddress: 0n });
    expect(found.depth).toBe(3);
    expect(found.mayEnd(2, 'root')).toBe(true);
    expect(found.mayEnd(1, 'root')).toBe(false);
  });
});
