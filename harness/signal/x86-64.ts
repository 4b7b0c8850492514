import { readColumn, writeColumn } from '../truth/address.ts';
import { frameView, loadColumns, storeColumns } from './frame-memory.ts';
import type { SignalKernel } from './kernel.ts';

// struct rt_sigframe: pretcode, ucontext, siginfo; the FXSAVE area lies above it, 64-byte aligned.
const ucontextOffset = 8;
const sigcontextOffset = ucontextOffset + 40;
const siginfoOffset = ucontextOffset + 40 + 256 + 8;
const frameSize = siginfoOffset + 128;
const fxsaveSize = 512;
const fxsaveXmm = 160;

const rax = 0;
const rdx = 1;
const rsi = 4;
const rdi = 5;
const rsp = 7;
const rip = 16;
/** struct sigcontext_64: r8–r15, rdi, rsi, rbp, rbx, rdx, rax, rcx, rsp, rip; then flags. */
const sigcontextColumns = [8, 9, 10, 11, 12, 13, 14, 15, rdi, rsi, 6, 3, rdx, rax, 2, rsp, rip];
const flagsOffset = sigcontextOffset + 8 * sigcontextColumns.length;
const fpstateOffset = flagsOffset + 8 + 8 + 8 + 8 + 8 + 8;

/** x86-64 (arch/x86/include/uapi/asm/sigcontext.h, struct rt_sigframe). */
export const x86_64Kernel: SignalKernel = {
  frameSpace: frameSize + fxsaveSize + 64 + 16,
  maskOffset: sigcontextOffset + 256,
  siginfoOffset,
  systemCalls: { signalReturn: 15, exit: 60, exitGroup: 231 },
  numberColumn: rax,
  resultColumn: rax,
  argumentColumns: [rdi, rsi, rdx, 2, 8, 9],
  callArgumentColumns: [rdi, rsi, rdx, 10, 8, 9],
  // Without TF and DF (arch/x86/kernel/signal.c, handle_signal).
  handlerFlags: (flags) => flags & ~0x500n,

  deliver(state, memory, stackPointer, { number, handler, trampoline }) {
    const { registers, vectors } = state;
    const fxsave = (stackPointer - BigInt(fxsaveSize)) & ~63n;
    // The frame is placed as if `call` had pushed pretcode: SP + 8 is a multiple of 16.
    const frame = ((fxsave - BigInt(frameSize)) & ~15n) - 8n;
    const view = frameView(memory, frame, Number(fxsave - frame) + fxsaveSize);
    new Uint8Array(view.buffer, view.byteOffset, view.byteLength).fill(0);
    view.setBigUint64(0, trampoline, true);
    storeColumns(view, sigcontextOffset, registers, sigcontextColumns);
    view.setBigUint64(flagsOffset, state.flags, true);
    view.setBigUint64(fpstateOffset, fxsave, true);
    const fxsaveOffset = Number(fxsave - frame);
    new Uint8Array(view.buffer, view.byteOffset + fxsaveOffset + fxsaveXmm, vectors.length).set(vectors);
    view.setInt32(siginfoOffset, number, true);
    writeColumn(registers, rax, 0n);
    writeColumn(registers, rdi, BigInt(number));
    writeColumn(registers, rsi, frame + BigInt(siginfoOffset));
    writeColumn(registers, rdx, frame + BigInt(ucontextOffset));
    writeColumn(registers, rsp, frame);
    writeColumn(registers, rip, handler);
    return { frame, trampolineOffset: 8 };
  },

  frameOfTrampoline: (registers) => readColumn(registers, rsp) - 8n,

  readRegisters(memory, frame, registers) {
    loadColumns(frameView(memory, frame, frameSize), sigcontextOffset, registers, sigcontextColumns);
  },

  readState(memory, frame, state) {
    const view = frameView(memory, frame, frameSize);
    loadColumns(view, sigcontextOffset, state.registers, sigcontextColumns);
    state.flags = view.getBigUint64(flagsOffset, true);
    const fxsave = view.getBigUint64(fpstateOffset, true);
    if (fxsave === 0n) return;
    const xmm = frameView(memory, fxsave + BigInt(fxsaveXmm), state.vectors.length);
    state.vectors.set(new Uint8Array(xmm.buffer, xmm.byteOffset, xmm.byteLength));
  },
};
