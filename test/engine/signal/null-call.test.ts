import { describe, expect, test } from 'vitest';
import { CurrentFrame } from '../../../engine/current-frame.ts';
import { type Architecture, aarch64, x86_64 } from '../../../engine/index.ts';
import { callOfNullPointer } from '../../../engine/signal/null-call.ts';
import { column, registerFile, wordMemory } from '../hand-made.ts';

/** A frame that lies behind one other in its buffers, and has room for two more behind it. */
function frameOf(architecture: Architecture, given: Readonly<Record<string, bigint>>): CurrentFrame {
  const { columnCount } = architecture;
  const values = new Uint32Array(8 * columnCount).fill(0xa5a5a5a5);
  values.set(registerFile(architecture, given), 2 * columnCount);
  const known = new Uint8Array(4 * columnCount).fill(0xa5);
  known.fill(1, columnCount, 2 * columnCount);
  const frame = new CurrentFrame(values, known, wordMemory({ 28672: 0xffff_8000_0000_1014n }));
  frame.base = columnCount;
  return frame;
}

describe.each([
  [x86_64, { rip: 0n, rsp: 0x7000n }, { rip: 0xffff_8000_0000_1014n, rsp: 0x7008n }],
  [aarch64, { pc: 0n, x30: 0xffff_8000_0000_1014n }, { pc: 0xffff_8000_0000_1014n, x30: 0xffff_8000_0000_1014n }],
] as const)('the caller of a null pointer on $name', (architecture, given, expected) => {
  const { columnCount } = architecture;

  test('has the registers of the call, wherever the two are in their buffers, and touches no others', () => {
    for (const caller of [2 * columnCount, 3 * columnCount]) {
      const frame = frameOf(architecture, given);
      callOfNullPointer(architecture, frame, caller);
      const want = new Uint32Array(8 * columnCount).fill(0xa5a5a5a5);
      want.set(registerFile(architecture, given), 2 * columnCount);
      want.set(registerFile(architecture, { ...given, ...expected }), 2 * caller);
      expect(frame.values).toEqual(want);
      const known = new Uint8Array(4 * columnCount).fill(0xa5);
      known.fill(1, columnCount, 2 * columnCount).fill(1, caller, caller + columnCount);
      expect(frame.known).toEqual(known);
    }
  });

  test('knows no more than the call does', () => {
    const frame = frameOf(architecture, given);
    const unknown = column(architecture, architecture === x86_64 ? 'rbx' : 'x19');
    frame.known[columnCount + unknown] = 0;
    callOfNullPointer(architecture, frame, 2 * columnCount);
    expect([frame.known[2 * columnCount + unknown], frame.known[3 * columnCount - 1]]).toEqual([0, 1]);
  });
});
