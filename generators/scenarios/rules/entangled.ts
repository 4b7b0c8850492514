import { LinearValues } from './linear-values.ts';
import { handLink, ruleScenario } from './rule-scenario.ts';

interface Step {
  readonly to: number;
  readonly from: number;
  readonly add: boolean;
}

/** Registers added to one another, whose values expressions over all of them give back. */
export const entangled = ruleScenario({
  name: 'entangled-registers',
  description: "registers added to one another; each one's value is an expression over all of them",
  about:
    'Callee-saved registers are added to and subtracted from one another, and nothing is saved: what each of them held is a ' +
    'sum over the present values of all, which DW_CFA_val_expression states anew behind every instruction. Every rule reads ' +
    'registers that other rules of the row write. An unwinder that writes into the registers it reads from gets all but the ' +
    'first of them wrong, in whichever order it goes.',
  source: 'DWARF 5, section 6.4.3; real: libunwind #43',
  needs: ['expressions'],
  programs: { full: 24, quick: 1 },
  group: (random, architecture) => [
    handLink(architecture, (hand, next) => {
      const { machine } = hand;
      const registers = random.subset(machine.calleeSaved, random.between(2, 4));
      const values = new LinearValues(registers);
      const execute = ({ to, from, add }: Step) => {
        hand.emit(add ? machine.plus(to, from) : machine.minus(to, from));
        values.added(to, from, add ? 1n : -1n);
        hand.cfi(...values.changes());
      };
      const shift = (register: number, bytes: number) => {
        hand.emit(machine.add(register, register, bytes));
        values.addedConstant(register, BigInt(bytes));
        hand.cfi(...values.changes());
      };
      const steps = Array.from({ length: random.between(2, 5) }, (): Step => {
        const [to, from] = random.shuffle(registers);
        return { to: to!, from: from!, add: random.chance(0.5) };
      });
      const shifted = random.pick(registers);
      const distance = random.between(-2000, 2000);
      if (next !== undefined) hand.open(random.between(0, 3));
      for (const step of steps) execute(step);
      shift(shifted, distance);
      hand.body(next);
      shift(shifted, -distance);
      for (const { to, from, add } of steps.toReversed()) execute({ to, from, add: !add });
      if (next !== undefined) hand.close();
      hand.ret();
    }),
  ],
});
