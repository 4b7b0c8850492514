import { cfi } from '../../cfi/index.ts';
import { handLink, ruleScenario } from './rule-scenario.ts';

/** Registers nothing is said of, or that they keep their value. */
export const sameValueDefault = ruleScenario({
  name: 'same-value-default',
  description: 'callee-saved registers without a rule, or with an explicit same_value, that callers use',
  about:
    'Functions leave callee-saved registers alone and say nothing of them, or say same_value, and their callers use ' +
    'what is in them. A register without a rule keeps its value. Unwinders that take it for undefined, or for zero, ' +
    'lose what callers further out need for their CFA.',
  source: 'DWARF 5, section 6.4.1; ziglang/zig #25523',
  group: (random, architecture) => [
    handLink(architecture, (hand, next) => {
      const { machine } = hand;
      const [saved, ...others] = random.shuffle(machine.calleeSaved);
      const stated = random.chance(0.5) ? random.subset(others) : [];
      hand.cfi(...stated.map((register) => cfi.sameValue(register)));
      hand.work(random.below(3));
      if (next === undefined && random.chance(0.5)) {
        hand.ret();
        return;
      }
      hand.open(random.between(1, 6));
      hand.body(next);
      hand.save(saved!, 0);
      hand.clobber(saved!);
      hand.work(random.between(1, 3));
      hand.get(saved!, 0);
      hand.cfi(cfi.sameValue(saved!));
      hand.work(random.between(1, 3));
      hand.close();
      hand.ret();
    }),
  ],
});
