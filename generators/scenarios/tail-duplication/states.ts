import { cfi } from '../../cfi/index.ts';
import { handScenario } from '../hand-scenario.ts';
import type { Scenario } from '../scenario.ts';
import { body, shapeScenario, type Write } from '../shape.ts';

/** Returns in between, before each of which the state is remembered; but what follows says its row anew. */
const statesLeft: Write = (writer, next, random, name) => {
  writer.prologue();
  writer.overwrite();
  body(writer, next, random);
  for (const bit of [0, 1, 2]) {
    writer.branchIf(bit, `${name}.past${bit}`);
    const state = writer.state();
    writer.row.remember();
    writer.epilogue();
    writer.ret();
    writer.resume(state, random.chance(0.8) ? 'redeclare' : 'restoreState');
    writer.label(`${name}.past${bit}`);
    writer.work(random.between(1, 2));
  }
  writer.epilogue();
  writer.ret();
};

/** What remembered states are, beyond the usual pair around a return. */
export const stateScenarios: readonly Scenario[] = [
  shapeScenario({
    name: 'tail-duplication/states-left',
    description: 'states are remembered that are never restored, up to the end of the FDE',
    about:
      'Before each return a state is remembered, but the code behind it mostly states its row anew, so that FDEs end ' +
      'with states left on the stack. That is legal, and no affair of the next FDE. Unwinders that keep the stack from ' +
      'one FDE to the next restore a state of another function or run out of room in the end.',
    source: 'DWARF 5, section 6.4.2.4; real: LLVM libunwind D66904',
    bits: 3,
    programs: { full: 4, quick: 1 },
    write: () => statesLeft,
  }),
  handScenario({
    name: 'tail-duplication/cfa-register-between',
    description: 'between remember and restore the CFA changes its register, its offset, or both',
    about:
      'Between a remembered state and its restoration the CFA moves from SP to the frame pointer or back, and SP grows ' +
      'and shrinks. The state that comes back has the CFA rule of its time, both register and offset. Unwinders that ' +
      'restore registers only, or the offset without the register, compute a CFA that mixes both.',
    source: 'DWARF 5, section 6.4.2.4; real: parca-agent #841, GCC libgcc (2006)',
    bits: 2,
    programs: { full: 5, quick: 1 },
    write: (random, architecture) => (hand, next, name, writer) => {
      const framePointer = architecture === 'x86-64' ? 6 : 29;
      const { machine } = hand;
      const room = 16 * random.between(1, 6);
      hand.open(3);
      hand.save(framePointer, 0);
      const other = random.pick(machine.calleeSaved.filter((register) => register !== framePointer));
      hand.save(other, 1);
      hand.clobber(other);
      writer.branchIf(0, `${name}.plain`);
      hand.remember();
      // A frame pointer, and below it an area SP moves through without a word about it.
      hand.emit(machine.move(framePointer, machine.sp));
      hand.cfi(random.chance(0.5) ? cfi.defCfaRegister(framePointer) : cfi.defCfa(framePointer, hand.depth));
      hand.emit(machine.add(machine.sp, machine.sp, -room));
      writer.branchIf(1, `${name}.nested`);
      hand.remember();
      const leave = () => {
        hand.emit(machine.move(machine.sp, framePointer));
        hand.cfi(cfi.defCfa(machine.sp, hand.depth));
        hand.get(other, 1);
        hand.cfi(cfi.restore(other));
        hand.get(framePointer, 0);
        hand.cfi(cfi.restore(framePointer));
        hand.close();
        hand.ret();
      };
      hand.body(next);
      leave();
      hand.restoreState();
      writer.label(`${name}.nested`);
      hand.body(random.chance(0.5) ? next : undefined);
      leave();
      hand.restoreState();
      writer.label(`${name}.plain`);
      hand.work(random.between(1, 3));
      hand.grow(room);
      hand.body(next);
      hand.shrink(room);
      hand.get(other, 1);
      hand.cfi(cfi.restore(other));
      hand.get(framePointer, 0);
      hand.cfi(cfi.restore(framePointer));
      hand.close();
      hand.ret();
    },
  }),
  handScenario({
    name: 'tail-duplication/remembered-twice',
    description: 'a state is remembered twice at one location and restored twice',
    about:
      'The same state is remembered two or three times at one location, as hand-written code and code merged from ' +
      'several returns does, and each copy is restored behind another return. Unwinders that keep one copy of equal ' +
      'states, or take no notice of an instruction that changes no rule, run out of states.',
    source: 'DWARF 5, section 6.4.2.4; real: go-delve #3206',
    bits: 3,
    programs: { full: 4, quick: 1 },
    write: (random) => (hand, next, name, writer) => {
      const copies = random.between(2, 3);
      const saved = random.shuffle(hand.machine.calleeSaved).slice(0, random.between(1, 4));
      const leave = () => {
        for (const [i, register] of [...saved.entries()].reverse()) {
          hand.get(register, i);
          hand.cfi(cfi.restore(register));
        }
        hand.close();
        hand.ret();
      };
      hand.open(saved.length);
      saved.forEach((register, i) => {
        hand.save(register, i);
        hand.clobber(register);
      });
      hand.work(random.between(1, 2));
      for (let i = 0; i < copies; i++) hand.remember();
      for (let i = 0; i < copies; i++) {
        writer.branchIf(i, `${name}.way${i}`);
        if (i === 0 || random.chance(0.3)) hand.body(next);
        leave();
        hand.restoreState();
        writer.label(`${name}.way${i}`);
        hand.work(random.between(1, 2));
      }
      leave();
    },
  }),
];
