import type { ArchitectureName } from '../../../engine/architecture/index.ts';
import { cfi } from '../../cfi/index.ts';
import * as x86 from '../../encoder/x86-64/index.ts';
import type { Random } from '../../random.ts';
import { chainScenario } from '../chain-scenario.ts';
import { x86_64Register } from '../rules/x86-64-machine.ts';
import type { Scenario } from '../scenario.ts';
import type { Frame } from './frame.ts';
import { type FrameWrite, frameLink, frameScenario } from './frame-scenario.ts';
import { chosenRegisters, framePointer, frameSize } from './saves.ts';

const { rsp } = x86.gpr;

/** Pushes one argument: a constant, a register, a callee-saved one among them, or a word of the frame. */
function pushArgument(frame: Frame): void {
  const { machine, random } = frame;
  switch (random.below(4)) {
    case 0:
      frame.emit(x86.pushImmediate(random.between(-1000, 1000)));
      break;
    case 1:
      frame.emit(x86.pushMemory(x86.at(rsp, 8 * random.below(3))));
      break;
    default:
      frame.emit(x86.push(x86_64Register(random.pick([...machine.scratch, ...machine.calleeSaved]))));
  }
  frame.moved(8);
}

/** Calls with `count` arguments pushed; `DW_CFA_GNU_args_size` says so where `counted`. */
function callWithPushes(frame: Frame, next: string | undefined, count: number, counted: boolean): void {
  for (let i = 1; i <= count; i++) {
    pushArgument(frame);
    if (counted) frame.code.cfi(cfi.argsSize(8 * i));
    frame.scheduled();
  }
  if (next !== undefined) frame.emit(x86.call(next));
}

const outgoingPushes = frameScenario({
  name: 'outgoing-pushes',
  description: 'arguments, callee-saved registers among them, are pushed before a call and popped behind',
  about:
    'Before calls, constants, memory and registers are pushed as arguments, among them callee-saved registers whose ' +
    "values are the function's own; behind the call they are added off or popped into scratch registers. None of these " +
    'pushes is a save. The CFA moves away by eight with each unless a frame pointer holds it. Unwinders that take every ' +
    'push of rbx or rbp for a save give the caller the argument.',
  source: 'GCC -mno-accumulate-outgoing-args; LLVM X86CallFrameOptimization; LSB, DW_CFA_GNU_args_size',
  architectures: ['x86-64'],
  write: (random) => (frame, next) => {
    const rbp = framePointer['x86-64'];
    const based = random.chance(0.3);
    const registers = chosenRegisters(random, 'x86-64', next, random.between(1, 4), [rbp]);
    if (based) {
      frame.push(rbp);
      frame.emit(x86.mov(x86.gpr.rbp, rsp));
      frame.base(rbp);
    }
    for (const register of registers) frame.push(register);
    frame.clobber(registers);
    const locals = frameSize(frame, 32);
    frame.allocate(locals);
    for (let calls = random.between(1, 2); calls > 0; calls--) {
      const count = random.between(1, 6);
      const counted = random.chance(0.5);
      callWithPushes(frame, calls === 1 ? next : undefined, count, counted);
      frame.scheduled();
      if (count < 3 && random.chance(0.6)) {
        for (let i = 0; i < count; i++) {
          frame.emit(x86.pop(x86_64Register(random.pick(frame.machine.scratch))));
          frame.moved(-8);
        }
      } else frame.free(8 * count);
      if (counted) frame.code.cfi(cfi.argsSize(0));
      frame.code.work(random.below(3));
    }
    frame.free(locals);
    for (const register of registers.toReversed()) frame.pop(register);
    if (based) {
      frame.emit(x86.pop(x86.gpr.rbp));
      frame.movedSilently(-8);
      frame.baseOnSp();
      frame.restored(rbp);
    }
    frame.code.ret();
  },
});

const outgoingSpace = frameScenario({
  name: 'outgoing-space',
  description: 'space for arguments is allocated around each call, also within another such allocation',
  about:
    "Arguments on the stack get their space only around the call, filled by stores; a second call's space may be " +
    "allocated while the first is still there. So the CFA's distance from SP rises and falls in the body, several " +
    'times, also right behind a return address. An unwinder must use the row of the call, not of the instruction ' +
    'it returns to.',
  source: 'LLVM AArch64 and X86: call frames that are not reserved; DWARF 5, section 6.4.4',
  write: (random, architecture) => (frame, next) => {
    const { machine } = frame;
    const registers = chosenRegisters(random, architecture, next, random.between(1, 4));
    const size = frameSize(frame, 8 * registers.length);
    const inner = 16 * random.between(1, 6);
    const outer = 16 * random.between(1, 6);
    const fill = () => frame.emit(machine.store(machine.sp, 8 * random.below(2), random.pick(machine.scratch)));
    frame.allocate(size);
    registers.forEach((register, i) => {
      frame.save(register, 8 * i);
    });
    frame.clobber(registers);
    frame.allocate(outer);
    fill();
    frame.allocate(inner);
    fill();
    frame.code.work(random.below(2));
    if (next !== undefined) frame.emit(machine.call(next));
    // Directly behind the call: the return address is where the next row begins but for this instruction.
    frame.free(inner);
    fill();
    frame.free(outer);
    frame.code.work(random.below(3));
    for (const register of registers.toReversed()) frame.restore(register);
    frame.free(size);
    frame.code.ret();
  },
});

/** Pushes `count` arguments and calls somebody who takes them off; is such a function itself unless `first`. */
function callsPopping(random: Random, count: number, first: boolean): FrameWrite {
  return (frame, next) => {
    const registers = chosenRegisters(random, 'x86-64', next, random.between(1, 4));
    for (const register of registers) frame.push(register);
    frame.clobber(registers);
    frame.code.work(random.below(3));
    if (next !== undefined) {
      callWithPushes(frame, next, count, random.chance(0.3));
      // The row changes at the return address itself: the call's own row is the one before it.
      frame.moved(-8 * count);
      frame.code.cfi(cfi.argsSize(0));
    }
    frame.code.work(random.between(1, 2));
    for (const register of registers.toReversed()) frame.pop(register);
    if (first) frame.code.ret();
    else frame.emit(x86.retPop(8 * count));
  };
}

const calleePops = chainScenario({
  name: 'prologue/callee-pops',
  description: 'callees take their arguments off by ret n; the row changes at the return address itself',
  about:
    'Each function pushes arguments for the next one, which returns with `ret n`. So SP is higher behind the call than ' +
    "before it, and a row begins exactly at the return address. While the callee runs, the caller's row is the one of " +
    'the call, one byte earlier. Unwinders that evaluate rows at the return address lose a few words of stack.',
  source: 'Intel SDM, volume 2, RET; DWARF 5, section 6.4.4; real: libunwind #54',
  architectures: ['x86-64'],
  needs: ['callee-saved'],
  bits: 0,
  programs: { full: 20, quick: 1 },
  links(random, architecture) {
    const count = random.between(1, 5);
    return Array.from({ length: random.between(3, 5) }, (_, i) =>
      frameLink(architecture, callsPopping(random.derive(i), count, i === 0)),
    );
  },
});

/** Bytes a caller leaves above the return address of whom it calls. */
const homeSize = 64;

/** Leaves home space for the next function, and saves its own registers in its caller's unless `first`. */
function withHome(random: Random, architecture: ArchitectureName, first: boolean): FrameWrite {
  return (frame, next) => {
    const { depth } = frame;
    const registers = chosenRegisters(random, architecture, next, random.between(1, 5));
    const [home, own] = first ? [[], registers] : splitAt(registers, random.between(1, registers.length));
    const places = random.shuffle(Array.from({ length: homeSize / 8 }, (_, i) => 8 * i));
    const early = random.chance(0.5) ? home : [];
    const save = (register: number) => frame.save(register, frame.depth + places.pop()!);
    for (const register of early) save(register);
    const size = frameSize(frame, 8 * own.length + homeSize + 16 * random.below(3));
    frame.allocate(size);
    for (const register of home.filter((candidate) => !early.includes(candidate))) save(register);
    own.forEach((register, i) => {
      frame.save(register, homeSize + 8 * i);
    });
    frame.clobber(registers);
    frame.code.body(next);
    for (const register of [...own, ...home].filter((candidate) => !early.includes(candidate))) frame.restore(register);
    frame.free(frame.depth - depth);
    for (const register of early) frame.restore(register);
    frame.code.ret();
  };
}

function splitAt<T>(array: readonly T[], count: number): [T[], T[]] {
  return [array.slice(0, count), array.slice(count)];
}

const homeSpace = chainScenario({
  name: 'prologue/home-space',
  description: 'registers are saved above the CFA, in space the caller left for its callee',
  about:
    'Callers leave 64 bytes above the return address, as the Microsoft x64 convention does with 32, and callees save ' +
    'registers there before they have a frame of their own. These slots have positive offsets from the CFA, or zero, ' +
    'which only the signed opcode can state. An unwinder that reads such offsets unsigned, or that believes saves to ' +
    'lie below the CFA, fails.',
  source: 'DWARF 5, section 6.4.2.3, DW_CFA_offset_extended_sf; Microsoft x64 home space, with System V registers',
  needs: ['callee-saved'],
  bits: 0,
  programs: { full: 20, quick: 1 },
  links: (random, architecture) =>
    Array.from({ length: random.between(3, 5) }, (_, i) =>
      frameLink(architecture, withHome(random.derive(i), architecture, i === 0)),
    ),
});

/** What callers and callees do with the stack around calls. */
export const argumentScenarios: readonly Scenario[] = [outgoingPushes, outgoingSpace, calleePops, homeSpace];
