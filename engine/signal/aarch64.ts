import { aarch64 } from '../architecture/index.ts';
import type { CurrentFrame } from '../current-frame.ts';
import { UnwindError } from '../errors.ts';
import { isAtCode, type SignalTrampoline, signalFrameWindow } from './trampoline.ts';

/** `mov x8, #139; svc #0`. */
const code = Uint8Array.of(0x68, 0x11, 0x80, 0xd2, 0x01, 0x00, 0x00, 0xd4);
const firstInstruction = 4;

/** SP points at `struct rt_sigframe`: 128 bytes of `siginfo`, then the `ucontext` whose sigcontext is at 176. */
const sigcontextOffset = 128 + 176;
/** In `struct sigcontext`, behind the fault address: x0–x30, SP and PC, 8 bytes each. */
const registersOffset = 8;
const registersSize = 8 * 33;
/** Offset and size of `__reserved`, a list of records of extra state. */
const recordsOffset = 288;
const recordsSize = 4096;

const FPSIMD_MAGIC = 0x46508001;
const FPSIMD_SIZE = 0x210;
/** In a `struct fpsimd_context`, behind magic, size, fpsr and fpcr: 32 registers of 16 bytes. */
const vectorsOffset = 16;
const firstVector = 8;
const vectorCount = 8;

function addressAt(frame: CurrentFrame, offset: number): [lo: number, hi: number] {
  const index = 2 * (frame.base + aarch64.sp);
  const sum = frame.values[index]! + offset;
  return [sum >>> 0, (frame.values[index + 1]! + (sum > 0xffffffff ? 1 : 0)) >>> 0];
}

/** Offset from SP of the FPSIMD record, or -1 where the list ends without one. */
function findVectors(frame: CurrentFrame): number {
  const start = sigcontextOffset + recordsOffset;
  const end = start + recordsSize;
  let at = start;
  while (at + 8 <= end) {
    const [lo, hi] = addressAt(frame, at);
    const window = signalFrameWindow(frame.memory, lo, hi, 8);
    const offset = window.offsetOf(lo, hi, 8);
    const magic = window.view.getUint32(offset, true);
    const size = window.view.getUint32(offset + 4, true);
    if (magic === 0 && size === 0) return -1;
    const minimum = magic === FPSIMD_MAGIC ? FPSIMD_SIZE : 8;
    if (size < minimum || size % 16 !== 0 || size > end - at) {
      throw new UnwindError('invalid', 'signal frame', at + 4, `expected the size of record 0x${magic.toString(16)}`);
    }
    if (magic === FPSIMD_MAGIC) return at;
    at += size;
  }
  return -1;
}

function restoreVectors(frame: CurrentFrame, caller: number): void {
  const { values, known } = frame;
  const firstColumn = aarch64.columnNames.indexOf(`d${firstVector}`);
  known.fill(0, caller + firstColumn, caller + firstColumn + vectorCount);
  const record = findVectors(frame);
  if (record < 0) return;
  const [lo, hi] = addressAt(frame, record + vectorsOffset + 16 * firstVector);
  const window = signalFrameWindow(frame.memory, lo, hi, 16 * vectorCount);
  const offset = window.offsetOf(lo, hi, 16 * vectorCount);
  for (let i = 0; i < vectorCount; i++) {
    const column = caller + firstColumn + i;
    values[2 * column] = window.view.getUint32(offset + 16 * i, true);
    values[2 * column + 1] = window.view.getUint32(offset + 16 * i + 4, true);
    known[column] = 1;
  }
}

/**
 * Linux, `arch/arm64/include/uapi/asm/sigcontext.h` and `struct rt_sigframe`. x30 is restored as it was, possibly
 * signed; the interrupted PC is separate. d8–d15 are unknown where the frame has no FPSIMD record.
 */
export const aarch64Trampoline: SignalTrampoline = {
  matches: (frame) => isAtCode(frame, aarch64.pc, code, firstInstruction),

  restore(frame: CurrentFrame, caller: number): void {
    const { values, known } = frame;
    const [lo, hi] = addressAt(frame, sigcontextOffset + registersOffset);
    const window = signalFrameWindow(frame.memory, lo, hi, registersSize);
    const offset = window.offsetOf(lo, hi, registersSize);
    // The columns of x0–x30, SP and PC are 0–32, in the order of the kernel's structure.
    for (let column = 0; column < registersSize / 8; column++) {
      values[2 * (caller + column)] = window.view.getUint32(offset + 8 * column, true);
      values[2 * (caller + column) + 1] = window.view.getUint32(offset + 8 * column + 4, true);
    }
    known.fill(1, caller, caller + aarch64.signState + 1);
    values[2 * (caller + aarch64.signState)] = 0;
    values[2 * (caller + aarch64.signState) + 1] = 0;
    restoreVectors(frame, caller);
  },
};
