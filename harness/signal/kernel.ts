import type { Memory } from '../../engine/index.ts';

/** What the processor holds when a signal interrupts it, or what sigreturn loads. */
export interface ProcessorState {
  /** A register file in the engine's columns. */
  readonly registers: Uint32Array;
  /** 128-bit vector registers, in order. */
  readonly vectors: Uint8Array;
  flags: bigint;
}

/** Where delivery put things, and the registers the handler starts with. */
export interface Delivery {
  /** Address of the signal frame: SP at the handler's first instruction. */
  readonly frame: bigint;
  /** SP in the trampoline, once the handler has returned to it, less `frame`. */
  readonly trampolineOffset: number;
}

/** How one architecture's Linux kernel delivers signals; the layouts are the kernel's own (uapi/asm/sigcontext.h). */
export interface SignalKernel {
  /** Bytes of the frame, and what may lie between it and the stack pointer it is built from. */
  readonly frameSpace: number;
  /** From the start of the frame: the ucontext's `uc_sigmask`, and the siginfo. */
  readonly maskOffset: number;
  readonly siginfoOffset: number;
  /** Number of the rt_sigreturn, exit and exit_group system calls. */
  readonly systemCalls: { readonly signalReturn: number; readonly exit: number; readonly exitGroup: number };
  /** Columns of the system call number (x86-64: of its result too), and of a function's and a system call's arguments. */
  readonly numberColumn: number;
  readonly resultColumn: number;
  readonly argumentColumns: readonly number[];
  readonly callArgumentColumns: readonly number[];
  /** The flags a handler starts with. */
  handlerFlags(flags: bigint): bigint;
  /**
   * Builds the frame below `stackPointer` (the interrupted SP, or the end of an alternate stack) and changes
   * `state.registers` to those of the handler.
   */
  deliver(
    state: ProcessorState,
    memory: Memory,
    stackPointer: bigint,
    signal: { readonly number: number; readonly handler: bigint; readonly trampoline: bigint },
  ): Delivery;
  /** The signal frame's address, given the registers in the trampoline. */
  frameOfTrampoline(registers: Uint32Array): bigint;
  /** Reads general registers, SP and PC (and what the truth knows of vectors) from the frame into `registers`. */
  readRegisters(memory: Memory, frame: bigint, registers: Uint32Array): void;
  /** Reads everything sigreturn loads. */
  readState(memory: Memory, frame: bigint, state: ProcessorState): void;
}
