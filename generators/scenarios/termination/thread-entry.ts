import type { ArchitectureName } from '../../../engine/architecture/index.ts';
import type { CodeFunction, Item } from '../../assembly/index.ts';
import { cfi } from '../../cfi/index.ts';
import * as a64 from '../../encoder/aarch64/index.ts';
import * as x86 from '../../encoder/x86-64/index.ts';
import { createWriter } from '../../function/create-writer.ts';
import { ordinaryStyle } from '../../function/ordinary-style.ts';
import { plainStyle } from '../../function/style.ts';
import type { Stack } from '../../program.ts';
import { Random } from '../../random.ts';
import { addressOf, buildProgram } from '../build-program.ts';
import { chain, entryName } from '../chain.ts';
import { ordinaryPlacement } from '../placement.ts';
import { machineOf } from '../rules/machine-of.ts';
import type { Scenario } from '../scenario.ts';

const name = 'termination/thread-entry';
const parentName = 'clone';
const childName = 'clone.child';

/** Puts the thread's function and argument on its stack and makes that the stack, as the system call does. */
const switchStack: Record<ArchitectureName, (top: bigint) => readonly Item[]> = {
  'x86-64': (top) => {
    const { rax, rsi, rsp } = x86.gpr;
    return [
      x86.movabs(rsi, top),
      x86.lea(rax, x86.place(entryName)),
      x86.store(x86.at(rsi, -16), rax),
      x86.storeImmediate(x86.at(rsi, -8), 0),
      x86.lea(rsp, x86.at(rsi, -16)),
    ];
  },
  aarch64: (top) => {
    const { x1, x9, x10, sp } = a64.registers;
    return [
      ...a64.movConstant(x1, top),
      a64.adr(x9, entryName),
      a64.movz(x10, 0),
      a64.stp(x9, x10, a64.preIndex(x1, -16)),
      a64.mov(sp, x1),
    ];
  },
};

/** Ends the chain of frame pointers, takes function and argument off the stack and calls. */
const callThread: Record<ArchitectureName, () => readonly Item[]> = {
  'x86-64': () => {
    const { rax, rbp, rdi } = x86.gpr;
    return [x86.xor32(rbp, rbp), x86.pop(rax), x86.pop(rdi), x86.callRegister(rax)];
  },
  aarch64: () => {
    const { x0, x1, x29, sp } = a64.registers;
    return [a64.movz(x29, 0), a64.ldp(x1, x0, a64.postIndex(sp, 16)), a64.blr(x1)];
  },
};

/** The parent's part and the child's, which follows without a gap and has an FDE of its own. */
function clone(architecture: ArchitectureName, random: Random, top: bigint): CodeFunction[] {
  const parent = createWriter(architecture, plainStyle, random);
  parent.work(random.below(3));
  const child = createWriter(architecture, plainStyle, random);
  child.items.push({ cfi: cfi.undefined(machineOf(architecture).returnAddress) });
  child.items.push(...callThread[architecture]());
  child.work(random.below(2));
  child.exit();
  return [
    { name: parentName, items: [...parent.items, ...switchStack[architecture](top)] },
    { name: childName, items: child.items, align: architecture === 'x86-64' ? 1 : 4 },
  ];
}

/** Threads begin on a stack of their own. */
export const threadEntry: Scenario = {
  name,
  description: 'a thread begins on a stack of its own; its return address is undefined at each instruction',
  about:
    'As clone does it, a function puts the function and the argument of a thread on another stack and goes on there, in ' +
    'an FDE of its own that says from its first instruction on that the return address is undefined. Nobody stands ' +
    'behind: neither the parent, whose stack is still there, nor what lies above on the new one. Wrong unwinders use the ' +
    'FDE of the parent at the first instruction, or filter known names of entries and miss this one.',
  source: 'glibc, clone and clone3; DWARF 5, section 6.4.4; real: symbolicator #2040, llvm/llvm-project #103476',
  architectures: ['x86-64', 'aarch64'],
  needs: ['callee-saved'],
  count: (mode) => (mode === 'full' ? 25 : 3),
  generate: (architecture, index, seed) => {
    const random = new Random(`${seed}/${architecture}/${name}/${index}`);
    const placement = ordinaryPlacement(random);
    const pages = BigInt(random.below(0x10000));
    const stack: Stack = { name: 'thread', start: 0x7e00_0000_0000n + pages * 0x1000n, size: 0x4000, behind: 'nobody' };
    // Something may lie above: thread-local storage, the pages of the next thread.
    const top = stack.start + BigInt(stack.size - 16 * random.below(32));
    const links = Array.from({ length: random.between(1, 4) }, (_, i) => ({ style: ordinaryStyle(random.derive(i)) }));
    return buildProgram({
      scenario: name,
      needs: ['callee-saved'],
      architecture,
      index,
      seed,
      placement: { ...placement, stacks: [...placement.stacks, stack] },
      functions: [...clone(architecture, random.derive(parentName), top), ...chain(architecture, random, links)],
      runs: (linked) => [{ entry: addressOf(linked, parentName), start: 'call', arguments: [0n], signals: [] }],
    });
  },
};
