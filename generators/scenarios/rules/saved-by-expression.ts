import { type CfiDirective, cfi, expression } from '../../cfi/index.ts';
import { disguised, plus, registerPlus } from './equivalent.ts';
import { handLink, ruleScenario } from './rule-scenario.ts';

/** Slots that expressions name. */
export const savedByExpression = ruleScenario({
  name: 'expression',
  description: 'DW_CFA_expression: the slot is computed from the CFA, or from a register',
  about:
    'Slots are named by expressions, which find the CFA on their stack, or start from SP; they say the same in many ' +
    'roundabout ways. The result is an address from which the register is loaded. Evaluators that lack an operation, ' +
    'or that take the result for the value, are wrong.',
  source: 'DWARF 5, section 6.4.2.3',
  needs: ['expressions'],
  group: (random, architecture) => [
    handLink(architecture, (hand, next) => {
      const { machine } = hand;
      const saved = random.shuffle(machine.calleeSaved).slice(0, random.between(1, 4));
      const slotOf = (register: number, i: number): CfiDirective => {
        const operations = random.chance(0.5)
          ? disguised(random, plus(random, hand.slot(i)))
          : registerPlus(random, machine.sp, hand.fromSp(hand.slot(i)));
        return cfi.expression(register, expression(...operations));
      };
      hand.open(saved.length);
      saved.forEach((register, i) => {
        hand.put(register, i);
        hand.cfi(slotOf(register, i));
        hand.clobber(register);
      });
      hand.body(next);
      saved.forEach((register, i) => {
        hand.get(register, i);
        hand.cfi(cfi.restore(register));
      });
      hand.close();
      hand.ret();
    }),
  ],
});
