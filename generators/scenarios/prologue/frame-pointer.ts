import type { ArchitectureName } from '../../../engine/architecture/index.ts';
import type { Random } from '../../random.ts';
import { machineOf } from '../rules/machine-of.ts';
import type { Scenario } from '../scenario.ts';
import { type FrameWrite, frameScenario } from './frame-scenario.ts';
import { chosenRegisters, framePointer, frameSize } from './saves.ts';

/**
 * Saves registers, sets `pointer` to a place in the frame, lowers SP further, and undoes all that. Where `isBase`, the
 * CFA counts from the pointer as long as it is set.
 */
function withPointer(random: Random, architecture: ArchitectureName, pointer: number, isBase: boolean): FrameWrite {
  return (frame, next) => {
    const { machine } = frame;
    const registers = chosenRegisters(random, architecture, next, random.between(1, 4), [pointer]);
    const saved = random.shuffle([pointer, ...registers]);
    const size = frameSize(frame, 8 * saved.length + 16 * random.below(4));
    const above = 8 * random.below(size / 8);
    const extra = 16 * random.between(1, 8);
    frame.allocate(size);
    saved.forEach((register, i) => {
      frame.save(register, 8 * i);
    });
    frame.clobber(random.subset(registers));
    frame.code.work(random.below(3));
    frame.emit(machine.add(pointer, machine.sp, above));
    if (isBase) frame.base(pointer, above);
    frame.clobber(registers);
    frame.allocate(extra);
    frame.code.body(next);
    if (random.chance(0.5)) {
      frame.emit(machine.add(machine.sp, pointer, -above));
      frame.moved(-extra);
    } else frame.free(extra);
    for (const register of random.shuffle(registers)) frame.restore(register);
    frame.baseOnSp();
    frame.restore(pointer);
    frame.free(size);
    frame.code.ret();
  };
}

const late = frameScenario({
  name: 'late-frame-pointer',
  description: 'the frame pointer is set up behind other saves, and points into the middle of the frame',
  about:
    'The frame pointer is saved among other registers and set, by `lea` or `add`, somewhere inside the frame only when ' +
    'these are stored; from there on the CFA counts from it and SP moves unmentioned. Until then the CFA counts from ' +
    'SP. Unwinders that expect the frame record at the frame pointer, or the frame pointer first of all, follow a ' +
    'wrong chain.',
  source: 'GCC and LLVM: frame pointers with an offset (Win64-like and AArch64 layouts); DWARF 5, section 6.4.2.2',
  write: (random, architecture) => withPointer(random, architecture, framePointer[architecture], true),
});

const other = frameScenario({
  name: 'other-frame-pointer',
  description: 'the CFA counts from a callee-saved register that is not the usual frame pointer',
  about:
    'A callee-saved register other than rbp or x29 is made the base of the frame, as LLVM does with its base pointer ' +
    '(rbx, x19), while the usual frame pointer is saved, overwritten and used as any other register. An unwinder must ' +
    'take whichever register the row names, with the value it has in that very frame. Those with a table of two bases ' +
    'cannot.',
  source: 'DWARF 5, section 6.4.2.2; LLVM base pointer (rbx, x19)',
  write(random, architecture) {
    const others = machineOf(architecture).calleeSaved.filter((register) => register !== framePointer[architecture]);
    return withPointer(random, architecture, random.pick(others), true);
  },
});

const unused = frameScenario({
  name: 'unused-frame-pointer',
  description: 'there is a frame pointer, but the CFA counts from SP, which moves',
  about:
    'The frame pointer is set as usual, yet the call frame information goes on counting from SP at each of its moves, ' +
    'as GCC does on AArch64. Each of these rows must be obeyed; in the epilogue SP jumps back to the frame pointer. ' +
    'An unwinder that prefers the frame pointer once it sees one, or misses a move of SP, is wrong here.',
  source: 'GCC AArch64: -fno-omit-frame-pointer leaves the CFA on SP',
  write: (random, architecture) => withPointer(random, architecture, framePointer[architecture], false),
});

/** Frame pointers out of the ordinary. */
export const framePointerScenarios: readonly Scenario[] = [late, other, unused];
