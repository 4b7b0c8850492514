import { cfi, expression } from '../../cfi/index.ts';
import { registerPlus } from './equivalent.ts';
import { handLink, ruleScenario } from './rule-scenario.ts';

/** A CFA that is an expression and a register by turns. */
export const cfaKinds = ruleScenario({
  name: 'cfa-kinds',
  description: 'the CFA by an expression, by register and offset again, and back by DW_CFA_restore_state',
  about:
    'In the same function the CFA is stated by register and offset, by an expression and by register and offset again, and a ' +
    'remembered state brings one back where the other was in force. A remembered state has the CFA of either kind. ' +
    'Unwinders that keep the two kinds in different places, and set only one of them back, compute the CFA from what is ' +
    'left of the other.',
  source: 'DWARF 5, sections 6.4.2.2 and 6.4.2.4; real: GCC libgcc (Froyd 2006), parca-agent #841',
  needs: ['expressions'],
  bits: 1,
  programs: { full: 20, quick: 1 },
  group: (random, architecture) => [
    handLink(architecture, (hand, next, name, writer) => {
      const { machine } = hand;
      const { sp } = machine;
      const [saved] = random.shuffle(machine.calleeSaved);
      const byExpression = () => cfi.defCfaExpression(expression(...registerPlus(random, sp, hand.depth)));
      const byRegister = () => cfi.defCfa(sp, hand.depth);
      const leave = () => {
        hand.get(saved!, 0);
        hand.cfi(cfi.restore(saved!));
        const size = hand.close();
        hand.work(random.below(2));
        hand.ret();
        return size;
      };
      hand.open(random.between(1, 5));
      hand.save(saved!, 0);
      hand.clobber(saved!);
      const remembersExpression = random.chance(0.6);
      if (random.chance(0.5) || remembersExpression) {
        hand.cfi(byExpression());
        hand.work(random.between(1, 2));
      }
      if (!remembersExpression) hand.cfi(byRegister());
      hand.body(next);
      writer.branchIf(0, `${name}.other`);
      hand.cfi(cfi.rememberState(), remembersExpression ? byRegister() : byExpression());
      hand.work(random.between(1, 3));
      if (!remembersExpression) hand.cfi(byRegister());
      const size = leave();
      hand.cfi(cfi.restoreState());
      hand.reopened(size);
      writer.label(`${name}.other`);
      hand.work(random.between(1, 3));
      if (remembersExpression) hand.cfi(byRegister());
      hand.work(random.between(1, 2));
      leave();
    }),
  ],
});
