import type { ArchitectureName } from '../../../engine/architecture/index.ts';
import * as a64 from '../../encoder/aarch64/index.ts';
import * as x86 from '../../encoder/x86-64/index.ts';
import { x86_64Register } from '../rules/x86-64-machine.ts';
import type { Scenario } from '../scenario.ts';
import type { Frame } from './frame.ts';
import { frameScenario } from './frame-scenario.ts';
import { align16, chosenRegisters, frameSize } from './saves.ts';

const { rax, rcx, rdx, rsp } = x86.gpr;
const { sp } = a64.registers;

/** One way of moving SP by some bytes with a scratch register's help. */
interface Move {
  /** Bytes it always moves by; without it, any multiple of 16. */
  readonly bytes?: number;
  down(frame: Frame, scratch: number, bytes: number): void;
  up(frame: Frame, scratch: number, bytes: number): void;
}

const x86Moves: readonly Move[] = [
  {
    bytes: 8,
    down: (frame, scratch) => frame.emit(x86.push(x86_64Register(scratch))),
    up: (frame, scratch) => frame.emit(x86.pop(x86_64Register(scratch))),
  },
  {
    bytes: 8,
    down: (frame) => frame.emit(x86.pushImmediate(frame.random.between(-200, 200))),
    up: (frame) => frame.emit(x86.lea(rsp, x86.at(rsp, 8))),
  },
  {
    bytes: 8,
    down: (frame) => frame.emit(x86.pushMemory(x86.at(rsp))),
    up: (frame, scratch) => frame.emit(x86.pop(x86_64Register(scratch))),
  },
  { bytes: 8, down: (frame) => frame.emit(x86.pushfq()), up: (frame) => frame.emit(x86.addImmediate(rsp, 8)) },
  {
    down(frame, scratch, bytes) {
      frame.emit(x86.movImmediate(x86_64Register(scratch), bytes), x86.sub(rsp, x86_64Register(scratch)));
    },
    up(frame, scratch, bytes) {
      frame.emit(x86.movImmediate(x86_64Register(scratch), bytes), x86.add(rsp, x86_64Register(scratch)));
    },
  },
  {
    down(frame, scratch, bytes) {
      const register = x86_64Register(scratch);
      frame.emit(x86.lea(register, x86.at(rsp, -bytes)), x86.xchg(register, rsp));
    },
    up(frame, scratch, bytes) {
      const register = x86_64Register(scratch);
      frame.emit(x86.lea(register, x86.at(rsp, bytes)), x86.xchg(rsp, register));
    },
  },
  {
    down(frame, scratch, bytes) {
      frame.emit(x86.lea(x86_64Register(scratch), x86.at(rsp, -bytes)), x86.mov(rsp, x86_64Register(scratch)));
    },
    up(frame, scratch, bytes) {
      frame.emit(x86.lea(x86_64Register(scratch), x86.at(rsp, bytes)), x86.mov(rsp, x86_64Register(scratch)));
    },
  },
  {
    down: (frame, _, bytes) => frame.emit(x86.addImmediate(rsp, -bytes)),
    up: (frame, _, bytes) => frame.emit(x86.subImmediate(rsp, -bytes)),
  },
];

const register = (scratch: number) => a64.xRegisters[scratch]!;

const aarch64Moves: readonly Move[] = [
  {
    bytes: 16,
    down: (frame, scratch) => frame.emit(a64.str(register(scratch), a64.preIndex(sp, -16))),
    up: (frame, scratch) => frame.emit(a64.ldr(register(scratch), a64.postIndex(sp, 16))),
  },
  {
    down(frame, scratch, bytes) {
      frame.emit(a64.movz(register(scratch), bytes), a64.subRegister(sp, sp, register(scratch)));
    },
    up(frame, scratch, bytes) {
      frame.emit(a64.movz(register(scratch), bytes), a64.addRegister(sp, sp, register(scratch)));
    },
  },
  {
    down(frame, scratch, bytes) {
      frame.emit(a64.movz(register(scratch), bytes / 16));
      frame.emit(a64.subRegister(sp, sp, register(scratch), { kind: 'lsl', amount: 4 }));
    },
    up(frame, scratch, bytes) {
      frame.emit(a64.movz(register(scratch), bytes / 16));
      frame.emit(a64.addRegister(sp, sp, register(scratch), { kind: 'lsl', amount: 4 }));
    },
  },
  {
    down(frame, scratch, bytes) {
      frame.emit(a64.subImmediate(register(scratch), sp, bytes), a64.mov(sp, register(scratch)));
    },
    up(frame, scratch, bytes) {
      frame.emit(a64.addImmediate(register(scratch), sp, bytes), a64.mov(sp, register(scratch)));
    },
  },
];

const moves: Readonly<Record<ArchitectureName, readonly Move[]>> = { 'x86-64': x86Moves, aarch64: aarch64Moves };

const oddMoves = frameScenario({
  name: 'odd-moves',
  description: 'SP moves by xchg, by register operands, through another register, by pushes of anything',
  about:
    'Beside saves, SP is lowered and raised by instructions that are not the usual `sub` and `add`: pushes of constants, ' +
    'memory and flags, an exchange with a register, an addition of a negative number, a register operand, shifted on ' +
    "AArch64. Each is one step of the CFA's offset and nothing else. Analysis of code instead of call frame " +
    'information misses some of them.',
  source: 'DWARF 5, section 6.4.2.2; hand-written assembly',
  write: (random, architecture) => (frame, next) => {
    const { machine } = frame;
    const registers = chosenRegisters(random, architecture, next, random.between(1, 3));
    const size = frameSize(frame, 8 * registers.length + 16 * random.below(3));
    const steps = Array.from({ length: random.between(2, 4) }, () => {
      const move = random.pick(moves[architecture]);
      return { move, bytes: move.bytes ?? 16 * random.between(1, 12) };
    });
    frame.allocate(size);
    registers.forEach((saved, i) => {
      frame.save(saved, 8 * i);
    });
    frame.clobber(registers);
    for (const { move, bytes } of steps) {
      move.down(frame, random.pick(machine.scratch), bytes);
      frame.moved(bytes);
      frame.scheduled();
    }
    frame.code.body(next);
    for (const { move, bytes } of steps.toReversed()) {
      move.up(frame, random.pick(machine.scratch), bytes);
      frame.moved(-bytes);
      frame.scheduled();
    }
    for (const saved of registers) frame.restore(saved);
    frame.free(size);
    frame.code.ret();
  },
});

const alignmentPush = frameScenario({
  name: 'alignment-push',
  description: 'a push of a register nobody needs stands for sub rsp, 8; a pop of rcx or rdx frees it',
  about:
    'To align the stack before a call the compiler pushes a caller-saved register: a move of SP that saves nothing. ' +
    "The pop in the end loads garbage. Only the CFA's offset changes; unwinders that take every push for a save, or " +
    'formats that count pushes to find slots, are off by one from there on.',
  source: 'LLVM X86FrameLowering: push rax for an eight-byte adjustment; GCC -Os',
  architectures: ['x86-64'],
  write: (random) => (frame, next) => {
    const registers = chosenRegisters(random, 'x86-64', next, random.between(0, 6)).sort((a, b) => b - a);
    const pushes = [...registers.map((saved) => () => frame.push(saved))];
    const at = random.pick([0, registers.length]);
    pushes.splice(at, 0, () => {
      frame.emit(x86.push(rax));
      frame.moved(8);
    });
    for (const push of pushes) push();
    frame.clobber(registers);
    frame.code.body(next);
    const pops = [...registers.map((saved) => () => frame.pop(saved))];
    pops.splice(at, 0, () => {
      frame.emit(x86.pop(random.pick([rcx, rdx, rax])));
      frame.moved(-8);
    });
    for (const pop of pops.toReversed()) pop();
    frame.code.ret();
  },
});

const twoStep = frameScenario({
  name: 'two-step',
  description: 'the frame is allocated in two or three steps, with stores in between, and freed likewise',
  about:
    'First a save area is allocated and filled, then locals, perhaps in two instructions of their own where the size ' +
    'does not fit an immediate, then space for arguments; the epilogue frees them in another grouping. Slots keep their ' +
    "offsets from the CFA while the CFA's distance from SP changes. Unwinders and formats that know one allocation per " +
    'prologue mistake the second step for the body.',
  source: 'LLVM AArch64FrameLowering and GCC aarch64_expand_prologue: two-step frames; GCC x86 -mno-red-zone',
  write: (random, architecture) => (frame, next) => {
    const registers = chosenRegisters(random, architecture, next, random.between(1, 6));
    const half = registers.slice(0, random.below(registers.length + 1));
    const areas = [half, registers.filter((saved) => !half.includes(saved))];
    const sizes = areas.map((area) => align16(8 * area.length + 16 * random.below(3)));
    if (architecture === 'x86-64') sizes[0] = sizes[0]! + 8;
    areas.forEach((area, i) => {
      frame.allocate(sizes[i]!);
      area.forEach((saved, k) => {
        frame.save(saved, 8 * k);
      });
      frame.clobber(area);
      frame.scheduled();
    });
    const locals = 16 * random.pick([random.between(1, 20), random.between(0x100, 0x140)]);
    frame.allocate(locals);
    frame.code.body(next);
    const together = random.chance(0.5);
    if (!together) frame.free(locals);
    for (const saved of random.shuffle(areas[1]!)) frame.restore(saved);
    if (!together) frame.free(sizes[1]!);
    for (const saved of random.shuffle(areas[0]!)) frame.restore(saved);
    frame.free(together ? locals + sizes[0]! + sizes[1]! : sizes[0]!);
    frame.code.ret();
  },
});

/** How SP moves. */
export const stackMoveScenarios: readonly Scenario[] = [oddMoves, alignmentPush, twoStep];
