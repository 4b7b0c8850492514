import type { Memory } from '../../engine/index.ts';

/** There is no memory where a signal frame is or should be. */
export class FrameMemoryError extends RangeError {
  override readonly name = 'FrameMemoryError';
}

/** The bytes of a frame in the program's memory, whatever of them is live; throws a FrameMemoryError outside every window. */
export function frameView(memory: Memory, address: bigint, length: number): DataView {
  const view = findFrame(memory, address, length);
  if (view !== undefined) return view;
  throw new FrameMemoryError(`no memory for a signal frame of ${length} bytes at 0x${address.toString(16)}`);
}

/** The same; undefined outside every window. */
export function findFrame(memory: Memory, address: bigint, length: number): DataView | undefined {
  const lo = Number(address & 0xffff_ffffn);
  const hi = Number((address >> 32n) & 0xffff_ffffn);
  for (const window of memory.windows) {
    const readable = window.readable;
    window.readable = 0;
    const offset = window.offsetOf(lo, hi, length);
    window.readable = readable;
    if (offset >= 0) return new DataView(window.view.buffer, window.view.byteOffset + offset, length);
  }
  return undefined;
}

/** Copies register columns to consecutive 64-bit words, or back. */
export function storeColumns(view: DataView, offset: number, registers: Uint32Array, columns: readonly number[]): void {
  columns.forEach((column, i) => {
    view.setUint32(offset + 8 * i, registers[2 * column]!, true);
    view.setUint32(offset + 8 * i + 4, registers[2 * column + 1]!, true);
  });
}

export function loadColumns(view: DataView, offset: number, registers: Uint32Array, columns: readonly number[]): void {
  for (let i = 0; i < columns.length; i++) {
    const column = columns[i]!;
    registers[2 * column] = view.getUint32(offset + 8 * i, true);
    registers[2 * column + 1] = view.getUint32(offset + 8 * i + 4, true);
  }
}
