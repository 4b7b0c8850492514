import type { Architecture, Memory } from '../../engine/index.ts';
import type { Emulator } from '../emulator/emulator.ts';
import { frameView } from '../signal/frame-memory.ts';
import type { ProcessorState, SignalKernel } from '../signal/kernel.ts';
import { processId, userId } from '../system/identity.ts';
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
   * frame; undefined, with nothing changed, where the stack has no room for it.
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
   * the frame's address and its mask of blocked signals.
   */
  return(memory: Memory): { readonly frame: bigint; readonly mask: bigint } {
    const { kernel, emulator, shadow } = this.#context;
    const { registers } = emulator;
    const state: ProcessorState = { registers, vectors: emulator.vectors, flags: 0n };
    emulator.readVectors();
    const frame = kernel.frameOfTrampoline(registers);
    const mask = frameView(memory, frame + BigInt(kernel.maskOffset), 8).getBigUint64(0, true);
    kernel.readState(memory, frame, state);
    shadow.signalReturn(registers);
    this.#live--;
    emulator.writeRegisters();
    emulator.writeVectors();
    emulator.writeFlags(state.flags);
    return { frame, mask };
  }

  /** A handler may change what sigreturn will load; that is the truth about the interrupted frame. */
  refresh(memory: Memory): void {
    if (this.#live === 0) return;
    const { kernel, shadow } = this.#context;
    for (let frame = shadow.top; frame !== null; frame = frame.behind) {
      if (frame.kind === 'interrupted') kernel.readRegisters(memory, frame.signalFrame, frame.registers);
    }
  }

  #overwriteDeadStack(memory: Memory, stackPointer: bigint, lowest: bigint, index: number): void {
    const { kernel, seed } = this.#context;
    const room = Number(stackPointer - lowest);
    const length = Math.min(room, kernel.frameSpace + overwritten);
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
