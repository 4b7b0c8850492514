import type { Scenario } from '../scenario.ts';
import { frameScenario } from './frame-scenario.ts';
import { chosenRegisters, frameSize } from './saves.ts';

const lazySaves = frameScenario({
  name: 'lazy-saves',
  description: 'registers are saved deep in the body, where first needed, and restored at different times',
  about:
    'Some callee-saved registers are saved in the prologue, others only in the middle of the body, behind or before ' +
    'the call; some are restored long before the epilogue, and one is then saved again elsewhere. Every stretch has ' +
    'its own set of rules. Unwinders that look at the prologue only, or that take the first rule of a register for the ' +
    'whole function, give values of another stretch.',
  source: 'DWARF 5, section 6.4.1; GCC -fshrink-wrap-separate',
  write: (random, architecture) => (frame, next) => {
    const { returnAddress } = frame.machine;
    const registers = chosenRegisters(random, architecture, next, random.between(3, 6));
    // Whoever calls has saved x30 before.
    const early = registers.filter((register) => register === returnAddress || random.chance(0.4));
    const late = registers.filter((register) => !early.includes(register));
    const size = frameSize(frame, 8 * (registers.length + 2));
    const places = random.shuffle(Array.from({ length: registers.length + 2 }, (_, i) => 8 * i));
    const callsEarly = random.chance(0.5);
    frame.allocate(size);
    for (const register of early) frame.save(register, places.pop()!);
    frame.clobber(early);
    frame.code.body(callsEarly ? next : undefined);
    for (const register of late) {
      frame.save(register, places.pop()!);
      frame.clobber([register]);
      frame.code.work(random.between(1, 2));
    }
    frame.code.body(callsEarly ? undefined : next);
    const [again, ...others] = random.shuffle(registers);
    frame.restore(again!);
    frame.code.work(random.between(1, 2));
    frame.save(again!, places.pop()!);
    frame.clobber([again!]);
    frame.code.work(1);
    for (const register of random.shuffle([again!, ...others])) {
      frame.restore(register);
      frame.scheduled();
    }
    frame.free(size);
    frame.code.ret();
  },
});

const slotMoves = frameScenario({
  name: 'slot-moves',
  description: 'saved values move from one slot to another in mid-function; the old slots are overwritten',
  about:
    'In the body a saved value is copied from its slot to another one, the rule changes, and the old slot gets a random ' +
    'value; this happens to several registers, before and after the call. An unwinder must replace the rule of a ' +
    'register by the new one at exactly that instruction. One that keeps the first offset reads garbage.',
  source: 'DWARF 5, section 6.4.2.3: a later rule replaces an earlier one',
  write: (random, architecture) => (frame, next) => {
    const { machine } = frame;
    const registers = chosenRegisters(random, architecture, next, random.between(2, 4));
    const words = registers.length + 3;
    const size = frameSize(frame, 8 * words);
    const places = random.shuffle(Array.from({ length: words }, (_, i) => 8 * i));
    const move = (register: number) => {
      const [carrier, garbage] = random.shuffle(machine.scratch);
      const from = frame.fromSp(register);
      const to = places.pop()!;
      frame.emit(machine.load(carrier!, machine.sp, from), machine.store(machine.sp, to, carrier!));
      frame.placed(register, to);
      frame.state(register);
      frame.emit(machine.store(machine.sp, from, garbage!));
      places.unshift(from);
    };
    frame.allocate(size);
    for (const register of registers) frame.save(register, places.pop()!);
    frame.clobber(registers);
    for (const register of random.subset(registers, 1)) move(register);
    frame.code.body(next);
    for (const register of random.shuffle(registers)) {
      if (random.chance(0.7)) move(register);
    }
    for (const register of registers) frame.restore(register);
    frame.free(size);
    frame.code.ret();
  },
});

/** Saves outside prologues. */
export const lazyScenarios: readonly Scenario[] = [lazySaves, slotMoves];
