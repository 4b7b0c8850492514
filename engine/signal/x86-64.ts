import { x86_64 } from '../architecture/index.ts';
import type { CurrentFrame } from '../current-frame.ts';
import { isAtCode, type SignalTrampoline, signalFrameWindow } from './trampoline.ts';

/** `mov $15, %rax; syscall`: what glibc, musl and the kernel's own checks take for the return from a handler. */
const code = Uint8Array.of(0x48, 0xc7, 0xc0, 0x0f, 0x00, 0x00, 0x00, 0x0f, 0x05);
const firstInstruction = 7;

/** SP points at the `ucontext` (the handler's return popped `pretcode`): flags, link and stack precede the registers. */
const registersOffset = 40;
/** Columns in the order of `struct sigcontext`: r8–r15, rdi, rsi, rbp, rbx, rdx, rax, rcx, rsp, rip. */
const columns = [8, 9, 10, 11, 12, 13, 14, 15, 5, 4, 6, 3, 1, 0, 2, 7, 16];

/** Linux, `arch/x86/include/uapi/asm/sigcontext.h` and `struct rt_sigframe`. */
export const x86_64Trampoline: SignalTrampoline = {
  matches: (frame) => isAtCode(frame, x86_64.pc, code, firstInstruction),

  restore(frame: CurrentFrame, caller: number): void {
    const { values, known, base, memory } = frame;
    const sum = values[2 * (base + x86_64.sp)]! + registersOffset;
    const lo = sum >>> 0;
    const hi = (values[2 * (base + x86_64.sp) + 1]! + (sum > 0xffffffff ? 1 : 0)) >>> 0;
    const size = 8 * columns.length;
    const window = signalFrameWindow(memory, lo, hi, size);
    let offset = window.offsetOf(lo, hi, size);
    for (const column of columns) {
      values[2 * (caller + column)] = window.view.getUint32(offset, true);
      values[2 * (caller + column) + 1] = window.view.getUint32(offset + 4, true);
      known[caller + column] = 1;
      offset += 8;
    }
  },
};
