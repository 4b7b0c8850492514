import type { ArchitectureName } from '../../../engine/architecture/index.ts';
import type { Item } from '../../assembly/index.ts';
import { type CfiDirective, cfi, dwarf, expression } from '../../cfi/index.ts';
import * as a64 from '../../encoder/aarch64/index.ts';
import * as x86 from '../../encoder/x86-64/index.ts';
import { plainStyle } from '../../function/style.ts';
import type { Random } from '../../random.ts';
import type { Link } from '../chain.ts';
import { bodyOf, dynamicLink, dynamicScenario } from './dynamic-scenario.ts';

const { rbx, rsp, rbp, r10, r12, r13, r14, r15 } = x86.gpr;
const [dwarfSp, dwarfFp, dwarfDrap] = [rsp, rbp, r10].map(x86.dwarfNumber) as [number, number, number];
/** The slot of a register at RBP + offset, as a rule. */
const atFp = (register: x86.Register, offset: number): CfiDirective =>
  cfi.expression(x86.dwarfNumber(register), expression(dwarf.breg(dwarfFp, offset)));

/** When the rules of the saved registers go: as each is popped, or all where rbp, which they count from, is. */
type Epilogue = 'register-by-register' | 'with-rbp';

/**
 * GCC's prologue with a dynamic realign argument pointer: r10 is the CFA until it is saved in the realigned frame, where
 * the return address is copied to, too.
 */
function drap(
  items: Item[],
  random: Random,
  call: () => void,
  work: (count: number) => void,
  epilogue: Epilogue,
): void {
  const say = (...directives: CfiDirective[]) => items.push(...directives.map((directive) => ({ cfi: directive })));
  const saved = [r15, r14, r13, r12].slice(random.below(5));
  const alignment = 2 ** random.between(5, 7);
  const slotOf = (i: number) => -8 * (i + 1);
  const drapSlot = slotOf(saved.length);
  const bxSlot = drapSlot - 8;
  items.push(x86.lea(r10, x86.at(rsp, 8)));
  say(cfi.defCfa(dwarfDrap, 0));
  items.push(x86.andImmediate(rsp, -alignment), x86.pushMemory(x86.at(r10, -8)), x86.push(rbp));
  items.push(x86.mov(rbp, rsp));
  say(atFp(rbp, 0));
  saved.forEach((register, i) => {
    items.push(x86.push(register));
    say(atFp(register, slotOf(i)));
  });
  items.push(x86.push(r10));
  say(cfi.defCfaExpression(expression(dwarf.breg(dwarfFp, drapSlot), dwarf.deref())));
  items.push(x86.push(rbx));
  say(atFp(rbx, bxSlot));
  items.push(x86.subImmediate(rsp, 16 * random.between(1, 12) + 8));
  for (const register of [...saved, rbx]) items.push(x86.movabs(register, random.u64()));
  if (random.chance(0.5)) items.push(x86.subImmediate(rsp, 16 * random.between(1, 20)));
  work(random.between(1, 3));
  call();
  work(random.between(1, 3));
  const restore = (register: x86.Register) => say(cfi.restore(x86.dwarfNumber(register)));
  const pop = (register: x86.Register) => {
    items.push(x86.pop(register));
    if (epilogue === 'register-by-register') restore(register);
  };
  items.push(x86.lea(rsp, x86.at(rbp, bxSlot)));
  pop(rbx);
  items.push(x86.pop(r10));
  say(cfi.defCfa(dwarfDrap, 0));
  for (const register of saved.toReversed()) pop(register);
  pop(rbp);
  // GCC leaves these rules as they are, which is wrong now that rbp is the caller's.
  if (epilogue === 'with-rbp') [...saved, rbx, rbp].forEach(restore);
  items.push(x86.lea(rsp, x86.at(r10, -8)));
  say(cfi.defCfa(dwarfSp, 8));
  items.push(x86.ret());
}

function drapLink(epilogue: Epilogue): Link {
  return {
    style: plainStyle,
    write(writer, next, random) {
      const call = () => {
        if (next !== undefined) writer.call(next);
      };
      drap(writer.items, random, call, (count) => writer.work(count), epilogue);
    },
  };
}

/** The stack realigned as GCC does it. */
export const realignDrap = dynamicScenario({
  name: 'realign-drap',
  description: "GCC's realignment: the CFA in r10, then loaded by an expression from the realigned frame",
  about:
    'SP is rounded down, so that its distance to the CFA is not known before execution. GCC keeps the CFA in r10 first, then ' +
    'in a slot below rbp, from where an expression loads it; the saved registers are named by expressions over rbp, and rbp ' +
    'itself is such a slot. At the end the CFA is r10 again. An unwinder must evaluate both forms, must have caller-saved ' +
    'registers in its context, and must not take the copy of the return address in the new frame for the place above ' +
    'which the caller begins.',
  source: 'GCC, -mstackrealign and over-aligned variables (ix86_expand_prologue, "DRAP"); DWARF 5, section 6.4.2.2',
  architectures: ['x86-64'],
  needs: ['expressions'],
  group: () => [drapLink('register-by-register')],
});

/** The rules of GCC's epilogue, and what is missing behind them. */
export const realignDrapEpilogue = dynamicScenario({
  name: 'realign-drap-epilogue',
  description: "the rules of GCC's realignment hold in the epilogue until rbp is popped, then all go",
  about:
    'The saved registers are named by expressions over rbp, so their rules go on holding while the epilogue pops them: ' +
    'the slots are still there, in the red zone below SP. GCC says nothing of it, which is right until rbp itself is ' +
    'popped; from there on every one of the expressions counts from the caller’s rbp, and the CFI must take all of them ' +
    'back, which GCC does not. An unwinder must read below SP, and must not go on with a rule that DW_CFA_restore took ' +
    'back.',
  source: 'GCC, ix86_expand_epilogue ("DRAP"); x86-64 psABI, section 3.2.2, "red zone"; DWARF 5, section 6.4.2.3',
  architectures: ['x86-64'],
  needs: ['expressions'],
  group: () => [drapLink('with-rbp')],
});

/** Instructions that round SP down; a scratch register may be changed. */
function align(architecture: ArchitectureName, random: Random): Item[] {
  const alignment = 2 ** random.between(5, 8);
  if (architecture === 'x86-64') return [x86.andImmediate(rsp, -alignment)];
  const { sp, x9 } = a64.registers;
  return [a64.subImmediate(x9, sp, 16 * random.between(1, 30)), a64.andImmediate(sp, x9, -alignment)];
}

/** The stack realigned behind a frame pointer. */
export const realignFramePointer = dynamicScenario({
  name: 'realign-frame-pointer',
  description: 'SP rounded down behind the prologue, the CFA based on the frame pointer, as LLVM does it',
  about:
    'Behind the pushes the prologue rounds SP down to a multiple of 32 to 256, and locals follow. The rows go on from the ' +
    'frame pointer and name the saved registers from the CFA, so nothing but that register tells where the frame ends. ' +
    'Unwinders that add the size of the locals to SP are wrong by what the rounding took away, which differs from ' +
    'execution to execution.',
  source: 'LLVM, X86FrameLowering and AArch64FrameLowering, stack realignment',
  group: (random, architecture) => [
    dynamicLink(random, architecture, ({ writer, machine }, next, own) => {
      writer.items.push(...align(architecture, own));
      writer.items.push(machine.add(machine.sp, machine.sp, -16 * own.between(1, 20)));
      bodyOf(writer, next, own);
    }),
  ],
});
