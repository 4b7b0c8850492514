import { type Ending, FrameBuffer, Memory, x86_64 } from '../../../engine/index.ts';
import type { Stop } from '../../../harness/stop.ts';
import type { TrueFrame } from '../../../harness/truth/frame.ts';

const { columnCount, pc, sp, calleeSaved } = x86_64;

/** The value of a column in a frame of the hand-made truth: different for each, with both halves in use. */
export function trueValue(frame: number, column: number): bigint {
  return 0xffff_8000_0000_0000n + BigInt(frame) * 0x1_0000_0100n + BigInt(column);
}

/** Registers of a frame by `trueValue`. */
function registersOf(frame: number): Uint32Array {
  const registers = new Uint32Array(2 * columnCount);
  const view = new BigUint64Array(registers.buffer);
  for (let column = 0; column < columnCount; column++) view[column] = trueValue(frame, column);
  return registers;
}

/** A stop with `depth` ordinary callers; the callee-saved registers of each are part of the truth. */
export function stopOf(depth: number, options: { transfer?: boolean; ending?: Ending } = {}): Stop {
  const compared = new Uint8Array(columnCount);
  for (const column of [pc, sp, ...calleeSaved]) compared[column] = 1;
  let callers: TrueFrame | null = null;
  for (let frame = depth; frame >= 1; frame--) {
    callers = { kind: 'caller', registers: registersOf(frame), compared, signalFrame: 0n, behind: callers };
  }
  return {
    architecture: x86_64,
    index: 0,
    registers: registersOf(0),
    memory: new Memory([]),
    callers,
    depth,
    ending: options.ending ?? 'no-info',
    pacMaskLo: 0,
    pacMaskHi: 0,
    transfer: options.transfer ?? false,
    deliveries: 0,
  };
}

/** The right answer to `stopOf(depth)`. */
export function answerTo(stop: Stop): FrameBuffer {
  const frames = new FrameBuffer(x86_64, stop.depth + 4);
  frames.start(stop.registers);
  for (let frame = 1; frame <= stop.depth; frame++) frames.values.set(registersOf(frame), 2 * frame * columnCount);
  frames.known.fill(1, 0, (stop.depth + 1) * columnCount);
  frames.count = stop.depth + 1;
  frames.ending = stop.ending;
  return frames;
}

/** Changes the low half (or the high one) of a register of an answer. */
export function spoil(frames: FrameBuffer, frame: number, column: number, half: 0 | 1 = 0): void {
  const index = 2 * (frame * columnCount + column) + half;
  frames.values[index] = frames.values[index]! ^ 1;
}

/** Makes a register of an answer unknown. */
export function forget(frames: FrameBuffer, frame: number, column: number): void {
  frames.known[frame * columnCount + column] = 0;
}
