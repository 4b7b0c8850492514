import type { ArchitectureName } from '../../../engine/architecture/index.ts';
import * as a64 from '../../encoder/aarch64/index.ts';
import * as x86 from '../../encoder/x86-64/index.ts';
import type { Random } from '../../random.ts';
import { chainScenario } from '../chain-scenario.ts';
import { type FrameWrite, frameLink } from './frame-scenario.ts';
import { align16, loadTogether, pairsOf, popTogether, storeTogether } from './saves.ts';

const { rbx, rbp, r12, r13, r14, r15 } = x86.gpr;
type Order = 'gcc' | 'llvm';

/** Order in which the compilers push, first push first. */
const pushOrder: Record<Order, readonly number[]> = {
  gcc: [r15, r14, r13, r12, rbp, rbx].map((register) => x86.dwarfNumber(register)),
  llvm: [rbp, r15, r14, r13, r12, rbx].map((register) => x86.dwarfNumber(register)),
};

/** x19–x29. */
const ascending = Array.from({ length: 11 }, (_, i) => 19 + i);
/** Odd, so that its multiples are all different below the number of subsets; neighbours have little in common. */
const stride = 0x3ab;
const perProgram = 11;

function pushed(random: Random, number: number): FrameWrite {
  const order = number % 2 === 0 ? 'gcc' : 'llvm';
  const subset = pushOrder[order].filter((_, i) => (((number >> 1) >> i) & 1) === 1);
  return (frame, next) => {
    for (const register of subset) frame.push(register);
    const locals = align16(frame.depth + 16 * random.below(4)) - frame.depth;
    frame.allocate(locals);
    frame.clobber(subset);
    frame.code.body(next);
    frame.free(locals);
    for (const register of subset.toReversed()) frame.pop(register);
    frame.code.ret();
  };
}

function paired(random: Random, number: number): FrameWrite {
  const order = number % 2 === 0 ? 'gcc' : 'llvm';
  const mask = Math.imul(number, stride) & 0x7ff;
  const subset = ascending.filter((_, i) => ((mask >> i) & 1) === 1);
  return (frame, next) => {
    const link = next === undefined ? [] : [frame.machine.returnAddress];
    // GCC pairs from x19 upwards behind x30; LLVM downwards.
    const pairs = pairsOf([...link, ...(order === 'gcc' ? subset : subset.toReversed())]);
    const size = 16 * (pairs.length + random.below(4));
    pairs.forEach((pair, i) => {
      storeTogether(
        frame,
        pair,
        i === 0 ? a64.preIndex(a64.registers.sp, -size) : a64.offset(a64.registers.sp, 16 * i),
      );
      frame.state(...pair);
    });
    frame.clobber(subset);
    frame.code.body(next);
    pairs.forEach((pair, i) => {
      if (i === 0) return;
      loadTogether(frame, pair, 16 * i);
      frame.restored(...pair);
    });
    if (pairs[0] !== undefined) popTogether(frame, pairs[0], size);
    frame.code.ret();
  };
}

function subset(random: Random, architecture: ArchitectureName, number: number): FrameWrite {
  return architecture === 'x86-64' ? pushed(random, number) : paired(random, number);
}

/** One subset of the callee-saved registers after the other. */
export const subsets = chainScenario({
  name: 'prologue/subset',
  description: 'one subset of the callee-saved registers after the other, in the orders of both compilers',
  about:
    'Each function saves another subset of the callee-saved registers: all 64 of x86-64 in the orders of GCC and of ' +
    'LLVM, and on AArch64 a spread of the 2048, in pairs, so that every register is somewhere first, last and missing. ' +
    'An unwinder must take each register from its own slot and leave the others as they are. Those that assume a fixed ' +
    'layout, or that whoever saves r15 has saved r14, give callers the wrong values.',
  source: 'System V psABI AMD64, figure 3.4; AAPCS64, section 6.1.1; the register orders of GCC and LLVM',
  needs: ['callee-saved'],
  bits: 0,
  programs: { full: 12, quick: 1 },
  links: (random, architecture, index) =>
    Array.from({ length: perProgram }, (_, i) =>
      frameLink(architecture, subset(random.derive(i), architecture, index * perProgram + i)),
    ),
});
