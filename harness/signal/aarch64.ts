import { readColumn, writeColumn } from '../truth/address.ts';
import { frameView, loadColumns, storeColumns } from './frame-memory.ts';
import type { SignalKernel } from './kernel.ts';

// struct rt_sigframe: siginfo (128), ucontext; in it the sigcontext at 176, in that the extension records at 288.
const ucontextOffset = 128;
const sigcontextOffset = ucontextOffset + 176;
const registersOffset = sigcontextOffset + 8;
const flagsOffset = registersOffset + 33 * 8;
const recordsOffset = sigcontextOffset + 288;
const recordsSize = 4096;
const frameSize = recordsOffset + recordsSize;
const frameRecordSize = 16;

/** struct fpsimd_context: magic, size, fpsr, fpcr, 32 vectors. */
const FPSIMD_MAGIC = 0x46508001;
const fpsimdSize = 0x210;
const fpsimdVectors = 16;

const fp = 29;
const lr = 30;
const sp = 31;
const pc = 32;
const firstD8 = 34;
const contextColumns = Array.from({ length: 33 }, (_, column) => column);

/** AArch64 (arch/arm64/include/uapi/asm/sigcontext.h, arch/arm64/kernel/signal.c). */
export const aarch64Kernel: SignalKernel = {
  frameSpace: frameSize + frameRecordSize + 32,
  maskOffset: ucontextOffset + 40,
  siginfoOffset: 0,
  systemCalls: { signalReturn: 139, exit: 93, exitGroup: 94 },
  numberColumn: 8,
  resultColumn: 0,
  argumentColumns: [0, 1, 2, 3, 4, 5, 6, 7],
  callArgumentColumns: [0, 1, 2, 3, 4, 5],
  handlerFlags: (flags) => flags,

  deliver(state, memory, stackPointer, { number, handler, trampoline }) {
    const { registers, vectors } = state;
    const record = (stackPointer - BigInt(frameRecordSize)) & ~15n;
    const frame = (record - BigInt(frameSize)) & ~15n;
    const view = frameView(memory, frame, Number(record - frame) + frameRecordSize);
    new Uint8Array(view.buffer, view.byteOffset, view.byteLength).fill(0);
    view.setInt32(0, number, true);
    storeColumns(view, registersOffset, registers, contextColumns);
    view.setBigUint64(flagsOffset, state.flags, true);
    view.setUint32(recordsOffset, FPSIMD_MAGIC, true);
    view.setUint32(recordsOffset + 4, fpsimdSize, true);
    new Uint8Array(view.buffer, view.byteOffset + recordsOffset + fpsimdVectors, vectors.length).set(vectors);
    storeColumns(view, Number(record - frame), registers, [fp, lr]);
    writeColumn(registers, 0, BigInt(number));
    writeColumn(registers, 1, frame);
    writeColumn(registers, 2, frame + BigInt(ucontextOffset));
    writeColumn(registers, fp, record);
    writeColumn(registers, lr, trampoline);
    writeColumn(registers, sp, frame);
    writeColumn(registers, pc, handler);
    return { frame, trampolineOffset: 0 };
  },

  frameOfTrampoline: (registers) => readColumn(registers, sp),

  readRegisters(memory, frame, registers) {
    const view = frameView(memory, frame, frameSize);
    loadColumns(view, registersOffset, registers, contextColumns);
    for (let d = 8; d < 16; d++) {
      loadColumns(view, recordsOffset + fpsimdVectors + 16 * d, registers, [firstD8 + d - 8]);
    }
  },

  readState(memory, frame, state) {
    this.readRegisters(memory, frame, state.registers);
    const view = frameView(memory, frame, frameSize);
    state.flags = view.getBigUint64(flagsOffset, true);
    const start = view.byteOffset + recordsOffset + fpsimdVectors;
    state.vectors.set(new Uint8Array(view.buffer, start, state.vectors.length));
  },
};
