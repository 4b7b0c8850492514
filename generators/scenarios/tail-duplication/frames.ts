import { cfi } from '../../cfi/index.ts';
import type { Random } from '../../random.ts';
import { handScenario } from '../hand-scenario.ts';
import type { HandWriter } from '../rules/hand-writer.ts';
import type { Scenario } from '../scenario.ts';
import { body, returnInBetween, shapeScenario, type Write } from '../shape.ts';

function save(hand: HandWriter, register: number, slot: number): void {
  hand.save(register, slot);
  hand.clobber(register);
}

function restore(hand: HandWriter, register: number, slot: number): void {
  hand.get(register, slot);
  hand.cfi(cfi.restore(register));
}

function someSaved(hand: HandWriter, random: Random, low: number, high: number): number[] {
  return random.shuffle(hand.machine.calleeSaved).slice(0, random.between(low, high));
}

/** Blocks behind the return: one jumps back into the middle of the body, one returns by itself. */
const behindReturn: Write = (writer, next, random, name) => {
  writer.prologue();
  writer.overwrite();
  writer.branchIf(0, `${name}.rare`);
  writer.label(`${name}.back`);
  body(writer, next, random);
  writer.branchIf(1, `${name}.leaving`);
  writer.work(random.between(1, 2));
  returnInBetween(writer, random.pick(['restoreState', 'redeclare']));
  writer.label(`${name}.rare`);
  body(writer, next, random);
  writer.jump(`${name}.back`);
  writer.label(`${name}.leaving`);
  writer.work(random.between(1, 3));
  writer.epilogue();
  writer.ret();
};

/** Frames that are there on some ways only, or in parts. */
export const frameScenarios: readonly Scenario[] = [
  shapeScenario({
    name: 'tail-duplication/behind-return',
    description: 'rare blocks lie behind the return, in the same FDE: one jumps back, one returns by itself',
    about:
      'What is rarely executed lies behind the return of its function, but in the same FDE. The row behind the return is ' +
      'that of the body, whose frame these blocks share; one goes back into the body, the other takes the frame down ' +
      'itself. Unwinders that scan code for the end of a function, or drop the frame at a return, are wrong there.',
    source: 'DWARF 5, section 6.4.2.4; GCC -freorder-blocks, LLVM block placement',
    bits: 2,
    programs: { full: 4, quick: 1 },
    write: () => behindReturn,
  }),
  handScenario({
    name: 'tail-duplication/shared-tail',
    description: 'a second way restores some registers itself and jumps into the middle of the epilogue',
    about:
      'Two ways share the end of an epilogue: the one behind the return restores some of the registers by itself and ' +
      'jumps to where the other has done the same. The rows of both ways agree there, but were reached through other ' +
      'instructions. Unwinders that replay machine code from the function start, or follow it backwards, get lost.',
    source: 'DWARF 5, section 6.4.2; GCC -fcrossjumping, LLVM branch folding',
    bits: 1,
    write: (random) => (hand, next, name, writer) => {
      const saved = someSaved(hand, random, 2, 5);
      const last = saved.length - 1;
      const shared = random.between(0, last - 1);
      hand.open(saved.length);
      saved.forEach((register, i) => {
        save(hand, register, i);
      });
      writer.branchIf(0, `${name}.other`);
      hand.body(next);
      hand.remember();
      for (let i = last; i > shared; i--) restore(hand, saved[i]!, i);
      writer.label(`${name}.shared`);
      for (let i = shared; i >= 0; i--) restore(hand, saved[i]!, i);
      hand.close();
      hand.ret();
      hand.restoreState();
      writer.label(`${name}.other`);
      hand.body(next);
      for (let i = last; i > shared; i--) {
        restore(hand, saved[i]!, i);
        if (random.chance(0.4)) hand.work(1);
      }
      writer.jump(`${name}.shared`);
    },
  }),
  handScenario({
    name: 'tail-duplication/separate-shrink-wrap',
    description: 'each register is saved and restored where it is needed, in stretches that nest or overlap',
    about:
      'The frame is there from the start, but every register is saved only where it is used: on some ways through the ' +
      'function, in stretches that lie within one another or overlap. Between them the registers hold their own values ' +
      'again. Unwinders that expect all saves in the prologue read slots nobody has written yet.',
    source: 'DWARF 5, section 6.4.2; GCC -fshrink-wrap-separate',
    bits: 3,
    programs: { full: 4, quick: 1 },
    write: (random) => (hand, next, name, writer) => {
      const saved = someSaved(hand, random, 5, 5);
      hand.open(saved.length);
      // One register a stretch, or two whose stretches nest or overlap.
      for (const [bit, members] of [saved.slice(0, 2), saved.slice(2, 4), saved.slice(4)].entries()) {
        const slots = members.map((register) => saved.indexOf(register));
        writer.branchIf(bit, `${name}.past${bit}`);
        for (const slot of slots) {
          save(hand, saved[slot]!, slot);
          hand.work(random.below(2));
        }
        if (bit === 0 || random.chance(0.4)) hand.body(next);
        for (const slot of random.chance(0.5) ? slots : [...slots].reverse()) {
          restore(hand, saved[slot]!, slot);
          hand.work(random.below(2));
        }
        writer.label(`${name}.past${bit}`);
        hand.work(random.between(1, 2));
      }
      hand.close();
      hand.ret();
    },
  }),
  handScenario({
    name: 'tail-duplication/two-frames',
    description: 'one frame is taken down and another one built, without a return in between',
    about:
      'The function builds a frame, takes it down, works without one and builds a different frame: other registers in ' +
      'other slots at another distance. Each has its calls. Unwinders that know one frame size per function, or keep ' +
      "rules of the first frame in the second, read the wrong registers' slots.",
    source: 'DWARF 5, section 6.4.2; GCC -fshrink-wrap, with calls on both sides',
    bits: 0,
    write: (random) => (hand, next) => {
      for (const part of [0, 1]) {
        const saved = someSaved(hand, random, 1, 5);
        const room = 16 * random.below(4);
        hand.open(saved.length + random.below(3));
        saved.forEach((register, i) => {
          save(hand, register, i);
        });
        if (room > 0) hand.grow(room);
        if (part === 0 || random.chance(0.5)) hand.body(next);
        else hand.work(random.between(1, 3));
        if (room > 0) hand.shrink(room);
        for (const [i, register] of [...saved.entries()].reverse()) restore(hand, register, i);
        hand.close();
        if (part === 0) hand.work(random.between(1, 3));
      }
      hand.ret();
    },
  }),
];
