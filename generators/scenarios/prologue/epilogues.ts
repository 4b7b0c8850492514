import type { ArchitectureName } from '../../../engine/architecture/index.ts';
import * as a64 from '../../encoder/aarch64/index.ts';
import * as x86 from '../../encoder/x86-64/index.ts';
import type { Random } from '../../random.ts';
import type { Scenario } from '../scenario.ts';
import type { Frame } from './frame.ts';
import { type FrameWrite, frameScenario } from './frame-scenario.ts';
import {
  chosenRegisters,
  framePointer,
  frameSize,
  loadTogether,
  pairsOf,
  popTogether,
  storeTogether,
} from './saves.ts';

const { rsp, rbp } = x86.gpr;
const { sp, x29, x30 } = a64.registers;
const dwarfRbp = framePointer['x86-64'];

/** Below the CFA, what stays readable when all but the return address is off the stack. */
const redZone = 8 + 128;

/** Loads registers from their slots, counting from RBP; it may stay unsaid where the red zone keeps the slots. */
function loadFromRbp(frame: Frame, registers: readonly number[]): void {
  const { machine, random } = frame;
  const stated = random.chance(0.5) || registers.some((register) => frame.slot(register) < -redZone);
  for (const register of registers) {
    frame.emit(machine.load(register, dwarfRbp, frame.slot(register) + 16));
    if (stated) frame.restored(register);
  }
}

/** `pop rbp`, the last instruction of the frame. */
function popRbp(frame: Frame): void {
  frame.emit(x86.pop(rbp));
  frame.movedSilently(-8);
  frame.baseOnSp();
  frame.restored(dwarfRbp);
}

/** `leave`, from wherever SP is. */
function leave(frame: Frame): void {
  frame.emit(x86.leave());
  frame.movedSilently(8 - frame.depth);
  frame.baseOnSp();
  frame.restored(dwarfRbp);
}

type Ending = (frame: Frame, registers: readonly number[], locals: number) => void;

/** Ways of tearing down a frame of RBP, registers pushed below it and locals below these. */
const endings: readonly Ending[] = [
  (frame, registers) => {
    loadFromRbp(frame, registers);
    leave(frame);
  },
  (frame, registers) => {
    loadFromRbp(frame, registers);
    frame.emit(x86.mov(rsp, rbp));
    frame.moved(16 - frame.depth);
    if (frame.random.chance(0.3)) frame.baseOnSp();
    popRbp(frame);
  },
  (frame, registers, locals) => {
    frame.emit(x86.lea(rsp, x86.at(rbp, -8 * registers.length)));
    frame.moved(-locals);
    if (frame.random.chance(0.3)) frame.baseOnSp();
    for (const register of registers.toReversed()) frame.pop(register);
    popRbp(frame);
  },
  (frame, registers, locals) => {
    if (frame.random.chance(0.5)) frame.baseOnSp();
    frame.free(locals);
    for (const register of registers.toReversed()) frame.pop(register);
    popRbp(frame);
  },
];

function onRbp(random: Random, next: string | undefined, frame: Frame): void {
  const registers = chosenRegisters(random, 'x86-64', next, random.between(0, 5), [dwarfRbp]);
  frame.push(dwarfRbp);
  frame.emit(x86.mov(rbp, rsp));
  frame.base(dwarfRbp);
  for (const register of registers) frame.push(register);
  const locals = frameSize(frame, 16 * random.between(1, 6));
  frame.allocate(locals);
  frame.clobber(registers);
  frame.code.body(next);
  random.pick(endings)(frame, registers, locals);
  frame.code.ret();
}

function onX29(random: Random, next: string | undefined, frame: Frame): void {
  const registers = chosenRegisters(random, 'aarch64', undefined, random.between(0, 6), [framePointer.aarch64]);
  const record = [x29, x30].map((register) => a64.dwarfNumber(register));
  const pairs = pairsOf(registers.sort((a, b) => a - b));
  const size = 16 * (1 + pairs.length + random.below(3));
  const locals = 16 * random.between(1, 6);
  storeTogether(frame, record, a64.preIndex(sp, -size));
  frame.state(...record);
  frame.emit(a64.mov(x29, sp));
  frame.base(framePointer.aarch64);
  pairs.forEach((pair, i) => {
    storeTogether(frame, pair, a64.offset(sp, 16 + 16 * i));
    frame.state(...pair);
  });
  frame.allocate(locals);
  frame.clobber(registers);
  frame.code.body(next);
  if (random.chance(0.3)) frame.baseOnSp();
  if (random.chance(0.5)) {
    frame.emit(a64.mov(sp, x29));
    frame.moved(-locals);
  } else frame.free(locals);
  if (random.chance(0.3)) frame.baseOnSp();
  pairs.forEach((pair, i) => {
    loadTogether(frame, pair, 16 + 16 * i);
    frame.restored(...pair);
  });
  if (random.chance(0.6)) {
    popTogether(frame, record, size);
    frame.baseOnSp();
  } else {
    loadTogether(frame, record, 0);
    frame.baseOnSp();
    frame.restored(...record);
    frame.free(size);
  }
  frame.code.ret();
}

function forms(random: Random, architecture: ArchitectureName): FrameWrite {
  return (frame, next) => (architecture === 'x86-64' ? onRbp : onX29)(random, next, frame);
}

const epilogueForms = frameScenario({
  name: 'epilogue-forms',
  description: 'frames on a frame pointer torn down by leave, mov or lea of SP, add, pops or loads',
  about:
    'All frames have a frame pointer; what differs is how they end: `leave`, `mov rsp, rbp` with a pop, `lea` below the ' +
    'pushed registers, `add`, on AArch64 `mov sp, x29` or `add`, and a load of the record with or without write-back. ' +
    'The CFA goes back to SP at the start, in the middle or at the last instruction. An unwinder must be right at each ' +
    'instruction of each; those that guess epilogues from the code know some forms only.',
  source: 'DWARF 5, section 6.4; real: LLVM #63598 (call frame information missing in epilogues)',
  write: forms,
});

const enter = frameScenario({
  name: 'enter',
  description: 'the frame is made by one enter instruction and ended by leave',
  about:
    '`enter` pushes RBP, points it there and allocates the locals, all at once, so one location has the rule of RBP, ' +
    'the CFA on RBP and SP far below. There is no row in between. Unwinders that analyse prologues look for `push rbp` ' +
    'and `mov rbp, rsp` in vain.',
  source: 'Intel SDM, volume 2, ENTER; DWARF 5, section 6.4.2',
  architectures: ['x86-64'],
  write: (random) => (frame, next) => {
    const registers = chosenRegisters(random, 'x86-64', next, random.between(1, 5), [dwarfRbp]);
    const locals = 16 * random.between(1, 20);
    frame.code.work(random.below(2));
    frame.emit(x86.enter(locals));
    frame.movedSilently(8);
    frame.placed(dwarfRbp, 0);
    frame.state(dwarfRbp);
    frame.movedSilently(locals);
    frame.base(dwarfRbp, locals);
    for (const register of registers) frame.push(register);
    frame.clobber(registers);
    frame.code.body(next);
    loadFromRbp(frame, registers);
    leave(frame);
    frame.code.ret();
  },
});

/** How frames on a frame pointer end. */
export const epilogueScenarios: readonly Scenario[] = [epilogueForms, enter];
