import * as a64 from '../../encoder/aarch64/index.ts';
import type { Scenario } from '../scenario.ts';
import type { Frame } from './frame.ts';
import { frameScenario } from './frame-scenario.ts';
import { align16, chosenRegisters, frameSize, pairsOf, popTogether, storeTogether } from './saves.ts';

/** Writes scratch values to all of `places` (from SP): locals. */
function writeLocals(frame: Frame, places: readonly number[]): void {
  const { machine, random } = frame;
  for (const place of places) frame.emit(machine.store(machine.sp, place, random.pick(machine.scratch)));
}

/** Multiples of 8 from `low` to below `high`. */
const wordsBetween = (low: number, high: number) => Array.from({ length: (high - low) / 8 }, (_, i) => low + 8 * i);

const reversed = frameScenario({
  name: 'reversed',
  description: 'registers pushed in the opposite order of the compilers, as in hand-written assembly',
  about:
    "Functions push their registers in the order opposite to the compilers', on AArch64 in pairs with the higher " +
    'number first, each of which moves SP. The call frame information is right, so whoever follows it has no trouble. ' +
    "Unwinders and compact formats that know the compilers' orders only must notice that this is another one.",
  source: 'hand-written assembly, such as of OpenSSL; DWARF 5, section 6.4.2.3',
  write: (random, architecture) => (frame, next) => {
    const registers = chosenRegisters(random, architecture, next, random.between(2, 6)).sort((a, b) => a - b);
    const pairs = architecture === 'x86-64' ? [] : pairsOf(registers.toReversed());
    if (architecture === 'x86-64') for (const register of registers) frame.push(register);
    for (const pair of pairs) {
      storeTogether(frame, pair, a64.preIndex(a64.registers.sp, -16));
      frame.state(...pair);
      frame.scheduled();
    }
    const locals = frameSize(frame, 16 * random.below(6));
    frame.allocate(locals);
    frame.clobber(registers);
    frame.code.body(next);
    frame.free(locals);
    for (const pair of pairs.toReversed()) popTogether(frame, pair, 16);
    if (architecture === 'x86-64') for (const register of registers.toReversed()) frame.pop(register);
    frame.code.ret();
  },
});

const anyOrder = frameScenario({
  name: 'any-order',
  description: 'registers stored in any order into any slots of the frame, and restored in another order',
  about:
    'The frame is allocated at once; then registers are stored one by one in random order into random slots with ' +
    'holes between, while other work goes on, and restored in a different order. An unwinder must keep one rule for ' +
    'each register and drop exactly the one that is restored. One that counts saves, or restores in the order of ' +
    'saving, mixes them up.',
  source: 'DWARF 5, section 6.4.2.3; GCC -fschedule-insns2',
  write: (random, architecture) => (frame, next) => {
    const registers = chosenRegisters(random, architecture, next, random.between(2, 6));
    const words = registers.length + random.between(0, 8);
    const size = frameSize(frame, 8 * words);
    const places = random.shuffle(wordsBetween(0, 8 * words));
    frame.allocate(size);
    registers.forEach((register, i) => {
      frame.save(register, places[i]!);
      frame.scheduled();
    });
    frame.clobber(random.shuffle(registers));
    frame.code.body(next);
    for (const register of random.shuffle(registers)) {
      frame.restore(register);
      frame.scheduled();
    }
    frame.free(size);
    frame.code.ret();
  },
});

const saveArea = frameScenario({
  name: 'save-area',
  description: 'the save area lies above, below or amid the locals, all of which hold random values',
  about:
    'Registers are stored next to one another somewhere in a frame whose other words are locals, filled with random ' +
    'values: directly below the CFA, directly above SP, or in between. The offsets of the rules alone say where. ' +
    'Unwinders that look for the save area at one end of the frame read locals instead.',
  source: 'DWARF 5, section 6.4.1; GCC AArch64 puts locals above the save area, LLVM below it',
  write: (random, architecture) => (frame, next) => {
    const registers = chosenRegisters(random, architecture, next, random.between(1, 6));
    const area = align16(8 * registers.length);
    const locals = 16 * random.between(1, 4);
    const size = frameSize(frame, area + locals);
    const first = random.pick([0, size - area, 8 * random.below((size - area) / 8)]);
    frame.allocate(size);
    registers.forEach((register, i) => {
      frame.save(register, first + 8 * i);
    });
    frame.clobber(registers);
    const free = wordsBetween(0, size).filter((word) => word < first || word >= first + 8 * registers.length);
    writeLocals(frame, random.shuffle(free).slice(0, 6));
    frame.code.body(next);
    for (const register of registers.toReversed()) frame.restore(register);
    frame.free(size);
    frame.code.ret();
  },
});

/** The order and place of saves. */
export const orderScenarios: readonly Scenario[] = [reversed, anyOrder, saveArea];
