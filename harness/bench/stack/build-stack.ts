import { type Architecture, FrameBuffer, Memory, MemoryWindow } from '../../../engine/index.ts';
import type { Random } from '../../../generators/random.ts';
import type { BenchModule, BenchStack } from '../bench-stack.ts';
import type { CallSite } from './call-site.ts';

/** Where the stack lies: a usual place of x86-64 Linux, with 4 GiB before the next carry into the high half. */
const stackAddress = 0x7ffd_0000_1000n;
/** The innermost frame is stopped at its `call rel32`: a PC that is no other frame's return address. */
const callSize = 5n;
/** Where the outermost frame returns to: `_start` finds argc there, and nothing has rows for that. */
const outermost = 1n;
/** Memory below the innermost SP. */
const below = 128;

/**
 * Builds the stack of one activation of each call site, innermost first, which returns to the next one; nothing has
 * rows for where the last one returns to. Frames are filled with random values, and at CFA − 16 of each frame lies the
 * address of its caller's CFA − 16 (0 in the last): followed from FP on, these records lead through the same frames as
 * the CFI.
 */
export function buildStack(
  name: string,
  architecture: Architecture,
  modules: readonly BenchModule[],
  sites: readonly CallSite[],
  random: Random,
): BenchStack {
  const depth = sites.length;
  const size = sites.reduce((sum, { frameSize }) => sum + frameSize, below);
  const bytes = new Uint8Array(new SharedArrayBuffer(size));
  const view = new DataView(bytes.buffer);
  for (let offset = 0; offset < size; offset += 4) view.setUint32(offset, random.u32(), true);
  let sp = below;
  sites.forEach(({ frameSize }, i) => {
    const cfa = sp + frameSize;
    const next = sites[i + 1];
    view.setBigUint64(cfa - 8, next?.pc ?? outermost, true);
    view.setBigUint64(cfa - 16, next === undefined ? 0n : stackAddress + BigInt(cfa + next.frameSize - 16), true);
    sp = cfa;
  });

  const registers = Uint32Array.from({ length: 2 * architecture.columnCount }, () => random.u32());
  const set = (file: Uint32Array, column: number, value: bigint): void => {
    file[2 * column] = Number(value & 0xffffffffn);
    file[2 * column + 1] = Number(value >> 32n);
  };
  set(registers, architecture.sp, stackAddress + BigInt(below));
  set(registers, architecture.fp, stackAddress + BigInt(below + (sites[0]?.frameSize ?? 16) - 16));
  set(registers, architecture.pc, (sites[0]?.pc ?? 0n) - callSize);

  const truth = new FrameBuffer(architecture, depth + 1);
  truth.start(registers);
  const frame = registers.slice();
  sp = below;
  for (const { frameSize, saved } of sites) {
    const cfa = sp + frameSize;
    for (const { column, offset } of saved) set(frame, column, view.getBigUint64(cfa + offset, true));
    set(frame, architecture.sp, stackAddress + BigInt(cfa));
    set(frame, architecture.pc, view.getBigUint64(cfa - 8, true));
    truth.values.set(frame, 2 * truth.count * architecture.columnCount);
    truth.known.fill(1, truth.count * architecture.columnCount, (truth.count + 1) * architecture.columnCount);
    truth.count++;
    sp = cfa;
  }
  truth.ending = 'no-info';
  const memory = new Memory([new MemoryWindow(stackAddress, bytes)]);
  return { name, architecture, modules, memory, start: stackAddress, bytes, registers, depth, truth };
}

/** Registers restored per frame, the return address included: what the walk has to load. */
export function registersPerFrame(sites: readonly CallSite[]): number {
  return sites.reduce((sum, { saved }) => sum + saved.length + 1, 0) / sites.length;
}
