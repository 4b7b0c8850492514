import type { ArchitectureName } from '../../engine/architecture/index.ts';
import type { CodeFunction, Item } from '../assembly/index.ts';
import * as a64 from '../encoder/aarch64/index.ts';
import * as x86 from '../encoder/x86-64/index.ts';
import { createWriter } from '../function/create-writer.ts';
import { ordinaryStyle } from '../function/ordinary-style.ts';
import { trampolineCode, trampolineFde, trampolineLabel, trampolinePadding } from '../function/trampoline.ts';
import type { FunctionWriter } from '../function/writer.ts';
import type { Feature } from '../program.ts';
import { Random } from '../random.ts';
import { addressOf, buildProgram } from './build-program.ts';
import { chain, entryName } from './chain.ts';
import { ordinaryPlacement } from './placement.ts';
import type { Scenario } from './scenario.ts';

const name = 'signal/null-call';
const needs: readonly Feature[] = ['callee-saved', 'signal-frames', 'expressions'];
const handlerName = 'handler';
/** What the handler has run in the null function's stead. */
const standInName = 'stand.in';

/** Where the saved PC is in the ucontext a handler gets (uapi/asm/sigcontext.h). */
const savedPc: Record<ArchitectureName, number> = { 'x86-64': 40 + 8 * 16, aarch64: 176 + 8 + 8 * 32 };

/** A call of address 0, where nothing is mapped: the signal interrupts the null function at its first instruction. */
const nullCall: Record<ArchitectureName, () => readonly Item[]> = {
  'x86-64': () => [x86.xor32(x86.gpr.rax, x86.gpr.rax), x86.callRegister(x86.gpr.rax)],
  aarch64: () => [a64.movz(a64.registers.x9, 0), a64.blr(a64.registers.x9)],
};

/** Makes the stand-in what sigreturn resumes; the third argument register has the ucontext. */
const resumeStandIn: Record<ArchitectureName, () => readonly Item[]> = {
  'x86-64': () => {
    const { rcx, rdx } = x86.gpr;
    return [x86.lea(rcx, x86.place(standInName)), x86.store(x86.at(rdx, savedPc['x86-64']), rcx)];
  },
  aarch64: () => {
    const { x2, x9 } = a64.registers;
    return [a64.adr(x9, standInName), a64.str(x9, a64.offset(x2, savedPc.aarch64))];
  },
};

/** Calls through null pointers, and handlers that repair them. */
export const nullCallScenario: Scenario = {
  name,
  description: 'a call of a null pointer: the handler interrupts address 0 and has a function run there instead',
  source: 'signal(7), SIGSEGV at PC 0; no function, no FDE',
  architectures: ['x86-64', 'aarch64'],
  needs,
  count: (mode) => (mode === 'full' ? 30 : 3),
  generate: (architecture, index, seed) => {
    const random = new Random(`${seed}/${architecture}/${name}/${index}`);
    let calls = 0;
    const write = (writer: FunctionWriter, next: string | undefined, own: Random): void => {
      writer.prologue();
      writer.overwrite();
      writer.work(own.between(1, 3));
      // The last function may be a leaf, which has nowhere to keep its return address.
      if (next !== undefined) {
        const before = own.below(2);
        for (let i = 0; i < before; i++) writer.items.push(...nullCall[architecture]());
        writer.call(next);
        writer.work(own.below(3));
        writer.items.push(...nullCall[architecture]());
        calls += before + 1;
      }
      writer.epilogue();
      writer.ret();
    };
    const links = Array.from({ length: random.between(2, 4) }, (_, i) => ({
      style: ordinaryStyle(random.derive(i)),
      write,
    }));
    const functions = [
      ...chain(architecture, random, links),
      handler(architecture, random.derive(handlerName)),
      standIn(architecture, random.derive(standInName)),
      ...trampolineCode(architecture),
    ];
    return buildProgram({
      scenario: name,
      needs,
      architecture,
      index,
      seed,
      placement: ordinaryPlacement(random),
      functions,
      padding: trampolinePadding,
      link: { entry: entryName, extraFdes: [trampolineFde(architecture)] },
      runs: (linked) => [
        {
          entry: addressOf(linked, entryName),
          start: 'call',
          arguments: [0n],
          // Each interrupts the next arrival at 0.
          signals: Array.from({ length: calls }, () => ({
            at: 0n,
            occurrence: 1,
            handler: addressOf(linked, handlerName),
            trampoline: addressOf(linked, trampolineLabel),
          })),
        },
      ],
    });
  },
};

function handler(architecture: ArchitectureName, random: Random): CodeFunction {
  const writer = createWriter(architecture, { ...ordinaryStyle(random), saved: random.between(3, 5) }, random);
  writer.prologue();
  writer.overwrite();
  writer.items.push(...resumeStandIn[architecture]());
  writer.work(random.between(1, 3));
  writer.epilogue();
  writer.ret();
  return { name: handlerName, items: writer.items };
}

function standIn(architecture: ArchitectureName, random: Random): CodeFunction {
  const writer = createWriter(architecture, { ...ordinaryStyle(random), leaf: true }, random);
  writer.prologue();
  writer.work(random.between(1, 3));
  writer.epilogue();
  writer.ret();
  return { name: standInName, items: writer.items };
}
