import { cfi } from '../../cfi/index.ts';
import type { Random } from '../../random.ts';
import { handScenario } from '../hand-scenario.ts';
import type { HandWrite } from '../rules/rule-scenario.ts';
import type { Scenario } from '../scenario.ts';
import { body, shapeScenario, type Write } from '../shape.ts';

function tailCall(indirect: boolean): Write {
  return (writer, next, random) => {
    writer.prologue();
    writer.overwrite();
    writer.work(random.between(1, 3));
    writer.epilogue();
    if (next === undefined) writer.ret();
    else if (indirect) writer.tailCallIndirect(next);
    else writer.tailCall(next);
  };
}

/** A tail call in one branch, an ordinary return in the other. */
export const conditionalTailCall: Write = (writer, next, random, name) => {
  writer.prologue();
  writer.overwrite();
  writer.work(random.between(1, 3));
  if (next !== undefined) {
    writer.branchIf(0, `${name}.ordinary`);
    const state = writer.state();
    writer.row.remember();
    writer.epilogue();
    writer.tailCall(next);
    writer.resume(state, 'restoreState');
    writer.label(`${name}.ordinary`);
    body(writer, next, random);
  }
  writer.epilogue();
  writer.ret();
};

/** The conditional jump itself leaves the function, which has no frame yet. */
const branchAway: Write = (writer, next, random) => {
  writer.work(random.below(3));
  if (next !== undefined) writer.branchIf(0, next);
  writer.prologue();
  writer.overwrite();
  body(writer, next, random);
  writer.epilogue();
  if (next === undefined) writer.ret();
  else {
    // Behind the epilogue, there is no frame again.
    writer.branchIf(1, next);
    writer.ret();
  }
};

/** Two ways with a frame of their own each; one ends in a tail call in the middle, the other in one at the end. */
function twoFrames(random: Random): HandWrite {
  return (hand, next, name, writer) => {
    const leave = () => {
      if (next === undefined) hand.ret();
      else writer.tailCall(next);
    };
    const frame = (registers: readonly number[]) => {
      hand.open(registers.length + random.below(3));
      registers.forEach((register, slot) => {
        hand.save(register, slot);
        hand.clobber(register);
      });
      hand.work(random.between(1, 3));
      for (const [slot, register] of registers.entries()) {
        hand.get(register, slot);
        hand.cfi(cfi.restore(register));
      }
      hand.close();
    };
    const registers = random.shuffle(hand.machine.calleeSaved);
    writer.branchIf(0, `${name}.other`);
    hand.remember();
    frame(registers.slice(0, random.between(1, 3)));
    leave();
    hand.restoreState();
    writer.label(`${name}.other`);
    frame(registers.slice(3, 3 + random.between(1, 3)));
    leave();
  };
}

const abi = 'System V psABI AMD64, AAPCS64: a tail call leaves no frame';

export const tailCallScenarios: readonly Scenario[] = [
  shapeScenario({
    name: 'control-flow/tail-call',
    description: 'functions end in a direct jump to another function',
    about:
      'Each function takes its frame down, authenticates its return address if it was signed, and jumps to the next. ' +
      'The one that jumped is gone: the next one has its caller. Unwinders that guess from the code before a return ' +
      'address who must have been called, or keep a signed state beyond the epilogue, are wrong.',
    source: abi,
    signs: true,
    write: () => tailCall(false),
  }),
  shapeScenario({
    name: 'control-flow/tail-call-indirect',
    description: 'functions end in a jump through a register',
    about:
      'As tail-call, through a register: the instruction looks like the end of a PLT entry or of a switch, but leaves ' +
      'the function for good. The row at the jump is that of the entry again.',
    source: abi,
    signs: true,
    write: () => tailCall(true),
  }),
  shapeScenario({
    name: 'control-flow/tail-call-conditional',
    description: 'a tail call in one branch, an ordinary return in the other',
    about:
      'In the middle of the function one branch takes the frame down and jumps to another function; the code behind ' +
      'that jump has the frame again and returns in the ordinary way. A jump out of the function ends its frame as a ' +
      'return does, and the state must come back behind it.',
    source: 'DWARF 5, section 6.4.2.4; real: parca-agent #841',
    bits: 1,
    signs: true,
    write: () => conditionalTailCall,
  }),
  shapeScenario({
    name: 'control-flow/tail-call-by-branch',
    description: 'a conditional branch to another function is the tail call',
    about:
      'A conditional jump leaves the function, once before the prologue and once behind the epilogue; not taken, it goes ' +
      'on inside. At the jump and at the next instruction the row is that of the entry. Unwinders that analyse code ' +
      'must not follow such a branch as one within the function.',
    source: abi,
    bits: 2,
    programs: { full: 10, quick: 1 },
    write: () => branchAway,
  }),
  handScenario({
    name: 'control-flow/tail-call-two-frames',
    description: 'two ways, each with its own frame, and a tail call in the middle as well as at the end',
    about:
      'Each of two ways builds a frame of its own and ends in a tail call, the first in the middle of the function. ' +
      'Behind that jump the state of the entry comes back, and another frame is built. Unwinders that expect one ' +
      'prologue and one epilogue per function have no rule for the second.',
    source: 'DWARF 5, section 6.4.2.4; GCC -fshrink-wrap with sibling calls',
    bits: 1,
    programs: { full: 12, quick: 1 },
    write: (random) => twoFrames(random),
  }),
];
