import { ordinaryStyle } from '../../function/ordinary-style.ts';
import { countedScenario } from '../counted-scenario.ts';
import { handScenario } from '../hand-scenario.ts';
import type { Scenario } from '../scenario.ts';
import { dispatch } from '../selector.ts';
import { returnInBetween } from '../shape.ts';
import { callThrough, countRegisterDown } from './call-through.ts';

export const loopScenarios: readonly Scenario[] = [
  handScenario({
    name: 'control-flow/loop',
    description: 'calls in a loop, with a different amount of stack taken for each and given back',
    about:
      'A loop takes some stack, calls, gives it back, and takes another amount for the next call. The row at a place is ' +
      'the same in every turn, but differs between the calls. The code jumps back to rows that come earlier in the FDE: ' +
      'unwinders that follow rows in the order of execution instead of addresses are wrong in the second turn.',
    source: 'DWARF 5, section 6.4.2; outgoing arguments pushed around calls',
    programs: { full: 8, quick: 1 },
    write: (random, architecture) => (hand, next, name, writer) => {
      const [register] = random.shuffle(hand.machine.calleeSaved);
      hand.open(2);
      hand.save(register!, 0);
      hand.clobber(register!);
      // Counted in a register, as functions further down use the selector for themselves.
      hand.emit(...hand.machine.constant(register!, 1n));
      writer.label(`${name}.loop`);
      for (const calls of [true, random.chance(0.3)]) {
        const bytes = 16 * random.between(1, 5);
        hand.grow(bytes);
        hand.body(calls ? next : undefined);
        hand.shrink(bytes);
      }
      writer.items.push(...countRegisterDown(architecture, register!, `${name}.loop`));
      hand.get(register!, 0);
      hand.cfi({ kind: 'restore', register: register! });
      hand.close();
      hand.ret();
    },
  }),
  countedScenario({
    name: 'control-flow/jump-table',
    description: 'a switch through a table of addresses that lies among the code',
    about:
      'A jump through a register leads to one of several cases; the table of addresses lies between the instructions. ' +
      'Cases take stack of their own, call, or return. An indirect jump that stays in the function is neither a tail ' +
      'call nor a return. Unwinders that analyse code must not read the table as instructions.',
    source: 'DWARF 5, section 6.4; compilers put jump tables into the text of AArch64 and hand-written code',
    programs: { full: 8, quick: 1 },
    highest: (random) => random.between(3, 7),
    called: (random, architecture, highest) => ({
      style: ordinaryStyle(random.derive('switch')),
      write: (writer, next, own, name) => {
        const cases = Array.from({ length: highest + 1 }, (_, i) => `${name}.case${i}`);
        writer.prologue();
        writer.overwrite();
        writer.items.push(...dispatch(architecture, `${name}.table`, cases));
        for (const [i, label] of own.shuffle(cases).entries()) {
          writer.label(label);
          writer.work(own.between(1, 3));
          if (next !== undefined && (i === 0 || own.chance(0.4))) writer.call(next);
          if (i === highest) break;
          if (own.chance(0.3)) returnInBetween(writer, own.pick(['restoreState', 'redeclare']));
          else writer.jump(`${name}.join`);
        }
        writer.label(`${name}.join`);
        writer.work(own.between(1, 2));
        writer.epilogue();
        writer.ret();
      },
    }),
  }),
  handScenario({
    name: 'control-flow/indirect-call',
    description: 'calls through every kind of register, and through memory, of the stack and of a table',
    about:
      'Functions are called through scratch registers, through callee-saved ones, and on x86-64 through memory: the ' +
      'instruction before the return address has two to eight bytes. Unwinders that guess the length of a call, or ' +
      'verify a return address by the five bytes before it, refuse right frames.',
    source: 'Intel SDM, CALL r/m64; Arm ARM, BLR; heuristics of stack scanners',
    programs: { full: 15, quick: 1 },
    write: (random, architecture) => (hand, next) => {
      const [register] = random.shuffle(hand.machine.calleeSaved);
      hand.open(3);
      hand.save(register!, 0);
      hand.clobber(register!);
      hand.work(random.between(1, 2));
      if (next !== undefined)
        hand.emit(...callThrough(architecture, random, next, register!, hand.fromSp(hand.slot(1))));
      hand.work(random.between(1, 2));
      hand.get(register!, 0);
      hand.cfi({ kind: 'restore', register: register! });
      hand.close();
      hand.ret();
    },
  }),
];
