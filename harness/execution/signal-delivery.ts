import type { Architecture, Memory } from '../../engine/index.ts';
import type { Emulator } from '../emulator/emulator.ts';
import { FrameMemoryError, findFrame, frameView } from '../signal/frame-memory.ts';
import type { ProcessorState, SignalKernel } from '../signal/kernel.ts';
import { processId, userId } from '../system/identity.ts';
import type { Linux } from '../system/linux.ts';
import { readColumn } from '../truth/address.ts';
import type { ShadowStacks } from '../truth/shadow-stacks.ts';
import type { StackRegion } from '../truth/stack-region.ts';
import { randomBytes } from './state.ts';

/** Dead stack that signal delivery overwrites beyond its own frame, as a kernel's scratch use would. */
const overwritten = 512;

/** A signal with everything the kernel needs to deliver it. */
export interface DeliverableSignal {
  readonly number: number;
  readonly handler: bigint;
  readonly trampoline: bigint;
  /** The stack it is handled on; undefined for the interrupted one. */
  readonly region: StackRegion | undefined;
  /** `si_code`, and the signals that were blocked, of one that the program sent itself. */
  readonly own?: { readonly code: number; readonly mask: bigint };
}

export interface SignalDeliveryContext {
  readonly architecture: Architecture;
  readonly kernel: SignalKernel;
  readonly emulator: Emulator;
  readonly shadow: ShadowStacks;
  readonly seed: string;
  /** Where there is one, it knows which memory the program has taken away. */
  readonly linux: Linux | undefined;
}

/** Delivers signals and returns from their handlers as the kernel does, and tells the truth's shadow stacks. */
export class SignalDelivery {
  /** Signals delivered so far. */
  count = 0;
  readonly #context: SignalDeliveryContext;
  /** Signal frames that are live: their content is part of the truth. */
  #live = 0;

  constructor(context: SignalDeliveryContext) {
    this.#context = context;
  }

  /**
   * Interrupts the program before the instruction at PC; the registers are the handler's then. Returns the address of the
   * frame; undefined, with nothing changed, where the stack has no room for it, or no memory
   * that can be written.
   */
  deliver(signal: DeliverableSignal, memory: Memory, index: number): bigint | undefined {
    const { architecture, kernel, emulator, shadow } = this.#context;
    const { registers } = emulator;
    const { region } = signal;
    const sp = readColumn(registers, architecture.sp);
    const stackPointer =
      region === undefined ? sp - BigInt(architecture.redZone) : region.stack.start + BigInt(region.stack.size);
    const onto = region ?? shadow.current;
    const lowest = onto.stack.start;
    if (stackPointer - BigInt(kernel.frameSpace) < lowest) return undefined;
    if (!this.#isWritable(memory, stackPointer, kernel.frameSpace)) return undefined;
    const interrupted = Uint32Array.from(registers);
    this.#overwriteDeadStack(memory, stackPointer, lowest, index);
    emulator.readVectors();
    const flags = emulator.readFlags();
    const state: ProcessorState = { registers, vectors: emulator.vectors, flags };
    const delivery = kernel.deliver(state, memory, stackPointer, signal);
    if (signal.own !== undefined) this.#describe(signal.own, memory, delivery.frame);
    shadow.signal(interrupted, registers, signal.trampoline, delivery, onto);
    this.#live++;
    this.count++;
    emulator.writeRegisters();
    emulator.writeFlags(kernel.handlerFlags(flags));
    return delivery.frame;
  }

  /**
   * rt_sigreturn in a signal trampoline: everything is as it was before the signal, or as the handler wanted it. Returns
   * the frame's address and its mask of blocked signals; undefined, with nothing changed, where the frame cannot be read.
   */
  return(memory: Memory): { readonly frame: bigint; readonly mask: bigint } | undefined {
    const { kernel, emulator, shadow } = this.#context;
    const { registers } = emulator;
    const state: ProcessorState = { registers, vectors: emulator.vectors, flags: 0n };
    emulator.readVectors();
    const frame = kernel.frameOfTrampoline(registers);
    const before = Uint32Array.from(registers);
    let mask = 0n;
    const isRead = isThere(() => {
      mask = frameView(memory, frame + BigInt(kernel.maskOffset), 8).getBigUint64(0, true);
      kernel.readState(memory, frame, state);
    });
    if (!isRead) {
      registers.set(before);
      return undefined;
    }
    shadow.signalReturn(registers);
    this.#live--;
    emulator.writeRegisters();
    emulator.writeVectors();
    emulator.writeFlags(state.flags);
    return { frame, mask };
  }

  /**
   * A handler may change what sigreturn will load; that is the truth about the interrupted frame. Of a frame whose memory
   * it has taken away, the truth is what was last there.
   */
  refresh(memory: Memory): void {
    if (this.#live === 0) return;
    const { kernel, shadow } = this.#context;
    for (let frame = shadow.top; frame !== null; frame = frame.behind) {
      if (frame.kind !== 'interrupted') continue;
      const { signalFrame, registers } = frame;
      isThere(() => kernel.readRegisters(memory, signalFrame, registers));
    }
  }

  /** Whether so many bytes below an address can be written. */
  #isWritable(memory: Memory, end: bigint, length: number): boolean {
    const start = end - BigInt(length);
    const { linux } = this.#context;
    if (linux !== undefined && !linux.memory.isWritable(start, length)) return false;
    return findFrame(memory, start, length) !== undefined;
  }

  #overwriteDeadStack(memory: Memory, stackPointer: bigint, lowest: bigint, index: number): void {
    const { kernel, seed } = this.#context;
    const room = Number(stackPointer - lowest);
    const wanted = Math.min(room, kernel.frameSpace + overwritten);
    const length = this.#isWritable(memory, stackPointer, wanted) ? wanted : kernel.frameSpace;
    const view = frameView(memory, stackPointer - BigInt(length), length);
    const bytes = randomBytes(`${seed}/signal/${index}`, (length + 3) & ~3);
    new Uint8Array(view.buffer, view.byteOffset, length).set(bytes.subarray(0, length));
  }

  /** siginfo (si_signo, si_errno, si_code, then the sender) and the ucontext's mask. */
  #describe({ code, mask }: NonNullable<DeliverableSignal['own']>, memory: Memory, frame: bigint): void {
    const { kernel } = this.#context;
    frameView(memory, frame + BigInt(kernel.maskOffset), 8).setBigUint64(0, mask, true);
    const information = frameView(memory, frame + BigInt(kernel.siginfoOffset), 24);
    information.setInt32(8, code, true);
    information.setInt32(16, processId, true);
    information.setInt32(20, userId, true);
  }
}

/** Whether the memory of the frame that `read` reads was there. */
function isThere(read: () => void): boolean {
  try {
    read();
    return true;
  } catch (error) {
    if (error instanceof FrameMemoryError) return false;
    throw error;
  }
}
