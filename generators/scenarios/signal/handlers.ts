import type { ArchitectureName } from '../../../engine/architecture/index.ts';
import type { CodeFunction, Item } from '../../assembly/index.ts';
import * as a64 from '../../encoder/aarch64/index.ts';
import * as x86 from '../../encoder/x86-64/index.ts';
import { createWriter } from '../../function/create-writer.ts';
import { ordinaryStyle } from '../../function/ordinary-style.ts';
import type { FrameStyle } from '../../function/style.ts';
import type { Random } from '../../random.ts';
import { handlerName } from './places.ts';

/** What a handler does besides, in the middle of its body; the third argument register has the ucontext. */
export interface HandlerPlan {
  readonly name?: string;
  readonly style?: Partial<FrameStyle>;
  /** A function it calls. */
  readonly calls?: string;
  /** Before its own prologue is through, the argument registers are still what the kernel made them. */
  readonly body?: readonly Item[];
}

/** A function that saves registers, overwrites them and returns. */
export function handler(architecture: ArchitectureName, random: Random, plan: HandlerPlan = {}): CodeFunction {
  const { name = handlerName, calls, body = [] } = plan;
  const own = random.derive(name);
  const style = { ...ordinaryStyle(own), saved: own.between(1, 3), ...plan.style };
  const writer = createWriter(architecture, { ...style, leaf: calls === undefined && own.chance(0.3) }, own);
  writer.prologue();
  writer.items.push(...body);
  writer.overwrite();
  writer.work(own.between(0, 2));
  if (calls !== undefined) {
    writer.call(calls);
    writer.work(own.below(2));
  }
  writer.epilogue();
  writer.ret();
  return { name, items: writer.items };
}

/** Gives every register that a function need not preserve a random value. */
export function overwriteCallerSaved(architecture: ArchitectureName, random: Random): Item[] {
  if (architecture === 'x86-64') return x86.callerSaved.map((register) => x86.movabs(register, random.u64()));
  return a64.xRegisters.slice(0, 18).flatMap((register) => a64.movConstant(register, random.between(1, 0xffff)));
}

/** Offset in the ucontext of the register that holds the pointer a faulting load reads through, and of PC. */
const savedAt = {
  'x86-64': { pointer: 40 + 8 * 13, pc: 40 + 8 * 16, scratch: 40 + 8 * 2 },
  aarch64: { pointer: 176 + 8 + 8 * 9, pc: 176 + 8 + 8 * 32, scratch: 176 + 8 + 8 * 12 },
} as const;

/** Reads through a null pointer, which rax or x9 holds, into a scratch register. */
export function loadThroughNull(architecture: ArchitectureName, label: string): Item[] {
  return architecture === 'x86-64'
    ? [x86.xor32(x86.gpr.rax, x86.gpr.rax), { label }, x86.load(x86.gpr.r10, x86.at(x86.gpr.rax))]
    : [a64.movz(a64.registers.x9, 0), { label }, a64.ldr(a64.registers.x10, a64.offset(a64.registers.x9))];
}

/** In a handler: has the pointer that was null point at the ucontext, which can be read. */
export function repairPointer(architecture: ArchitectureName): Item[] {
  const { pointer } = savedAt[architecture];
  return architecture === 'x86-64'
    ? [x86.store(x86.at(x86.gpr.rdx, pointer), x86.gpr.rdx)]
    : [a64.str(a64.registers.x2, a64.offset(a64.registers.x2, pointer))];
}

/** In a handler: adds something to r10 or x12 of the interrupted code. */
export function changeSavedScratch(architecture: ArchitectureName, random: Random): Item[] {
  const { scratch } = savedAt[architecture];
  const change = random.between(1, 4000);
  if (architecture === 'x86-64') {
    const { rcx, rdx } = x86.gpr;
    const saved = x86.at(rdx, scratch);
    return [x86.load(rcx, saved), x86.addImmediate(rcx, change), x86.store(saved, rcx)];
  }
  const { x2, x9 } = a64.registers;
  const saved = a64.offset(x2, scratch);
  return [a64.ldr(x9, saved), a64.addImmediate(x9, x9, change), a64.str(x9, saved)];
}

/** In a handler: has sigreturn resume a function instead of what was interrupted. */
export function resumeAt(architecture: ArchitectureName, label: string): Item[] {
  const { pc } = savedAt[architecture];
  if (architecture === 'x86-64') {
    const { rcx, rdx } = x86.gpr;
    return [x86.lea(rcx, x86.place(label)), x86.store(x86.at(rdx, pc), rcx)];
  }
  const { x2, x9 } = a64.registers;
  return [a64.adr(x9, label), a64.str(x9, a64.offset(x2, pc))];
}
