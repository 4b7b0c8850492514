import type { ArchitectureName } from '../../../engine/architecture/index.ts';
import * as a64 from '../../encoder/aarch64/index.ts';
import * as x86 from '../../encoder/x86-64/index.ts';
import type { Random } from '../../random.ts';
import type { Scenario } from '../scenario.ts';
import type { Frame } from './frame.ts';
import { type FrameWrite, frameScenario } from './frame-scenario.ts';
import { chosenRegisters, framePointer, frameSize } from './saves.ts';

const { rsp } = x86.gpr;
const { sp } = a64.registers;

/** Code that looks as if it built or tore down a frame, on words of the frame from `low` to below `low` + 32. */
function decoy(frame: Frame, low: number): void {
  const { machine, random, architecture } = frame;
  const pointer = framePointer[architecture];
  const place = low + 8 * random.below(2);
  const [register] = random.shuffle(machine.calleeSaved);
  switch (random.below(4)) {
    case 0:
      frame.emit(machine.store(machine.sp, place, register!));
      break;
    case 1:
      if (architecture === 'aarch64') {
        frame.emit(a64.stp(a64.registers.x29, a64.registers.x30, a64.offset(sp, place)));
      } else {
        frame.emit(x86.push(x86.gpr.rbp));
        frame.moved(8);
        frame.emit(x86.lea(rsp, x86.at(rsp, 8)));
        frame.moved(-8);
      }
      break;
    case 2:
      frame.emit(machine.add(pointer, machine.sp, 8 * random.below(10)));
      break;
    default:
      frame.emit(machine.store(machine.sp, place, pointer), machine.load(pointer, machine.sp, place));
  }
}

const decoys = frameScenario({
  name: 'decoys',
  description: 'the body stores callee-saved registers, sets and reloads the frame pointer: no frame',
  about:
    'The function has saved its registers and uses them as its own: it stores them into locals, sets the frame pointer ' +
    'to somewhere in the frame, stores and reloads it. The row does not change. Unwinders that analyse instructions, or ' +
    'scan for a frame record, take this for a prologue or epilogue and believe a local.',
  source: 'DWARF 5, section 6.4.1: only the rules count; unwinders by prologue analysis (gdb, ORC-like tools)',
  write: (random, architecture) => (frame, next) => {
    const { calleeSaved, returnAddress } = frame.machine;
    const registers = random.shuffle([...calleeSaved, ...(architecture === 'aarch64' ? [returnAddress] : [])]);
    const locals = 48;
    const size = frameSize(frame, locals + 8 * registers.length);
    frame.allocate(size);
    registers.forEach((register, i) => {
      frame.save(register, locals + 8 * i);
    });
    const some = () => {
      for (let i = random.between(1, 3); i > 0; i--) decoy(frame, 0);
    };
    frame.clobber(registers);
    some();
    frame.code.body(next);
    some();
    for (const register of registers) frame.restore(register);
    frame.free(size);
    frame.code.ret();
  },
});

/** Stores argument registers as a variadic function does; the general ones from `fromSp` on, the vectors behind. */
function spill(frame: Frame, fromSp: number): void {
  const { architecture, random } = frame;
  if (architecture === 'x86-64') {
    for (const [i, register] of x86.argumentRegisters.entries()) {
      frame.emit(x86.store(x86.at(rsp, fromSp + 8 * i), register));
    }
    for (const i of random.subset([0, 1, 2, 3, 4, 5, 6, 7] as const)) {
      frame.emit(x86.movapsStore(x86.at(rsp, fromSp + 48 + 16 * i), i));
    }
    return;
  }
  for (const i of [0, 2, 4, 6]) {
    frame.emit(a64.stp(a64.xRegisters[i]!, a64.xRegisters[i + 1]!, a64.offset(sp, fromSp + 8 * i)));
  }
  for (const i of random.subset([0, 2, 4, 6])) {
    frame.emit(a64.stp(a64.qRegisters[i]!, a64.qRegisters[i + 1]!, a64.offset(sp, fromSp + 64 + 16 * i)));
  }
}

function variadic(random: Random, architecture: ArchitectureName): FrameWrite {
  return (frame, next) => {
    const registers = chosenRegisters(random, architecture, next, random.between(1, 4));
    // Vectors need 16-byte alignment: the save area below is rounded up.
    const below = 16 * Math.ceil(registers.length / 2);
    const spilled = 64 + 8 * 16;
    const size = frameSize(frame, below + spilled);
    frame.allocate(size);
    const saves = registers.map((register, i) => () => frame.save(register, 8 * i));
    const [before, behind] = random.chance(0.5) ? [saves, []] : [[], saves];
    for (const save of before) save();
    spill(frame, below);
    for (const save of behind) save();
    frame.clobber(registers);
    frame.code.body(next);
    for (const register of registers) frame.restore(register);
    frame.free(size);
    frame.code.ret();
  };
}

const varargs = frameScenario({
  name: 'varargs',
  description: 'the prologue stores argument registers that nobody restores, as variadic functions do',
  about:
    'A variadic function stores all argument registers, general and vector, into its frame among the saves of its ' +
    'prologue. None of them is callee-saved and no rule names them. The prologue is twice as long as usual, and ' +
    'unwinders or formats that expect each store of it to be a save, or the saves to come first, go wrong.',
  source: 'System V psABI AMD64, section 3.5.7; AAPCS64, appendix B',
  write: variadic,
});

/** Code that is not what it seems. */
export const decoyScenarios: readonly Scenario[] = [decoys, varargs];
