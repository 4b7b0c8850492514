import { cfi } from '../../cfi/index.ts';
import { handLink, ruleScenario } from './rule-scenario.ts';

/** `DW_CFA_GNU_args_size` concerns landing pads only; rows must not notice it. */
export const argumentsSize = ruleScenario({
  name: 'args-size',
  description: 'DW_CFA_GNU_args_size around calls with arguments on the stack',
  about:
    'DW_CFA_GNU_args_size stands around calls with arguments on the stack. It matters only to whoever lands in an ' +
    'exception handler; rows are as before. Readers that do not know the opcode lose the function, and those that ' +
    'subtract the size from the CFA lose the frame.',
  source: 'LSB, DW_CFA_GNU_args_size; real: osandov/drgn #480, go-delve #4392, gimli #130',
  group: (random, architecture) => [
    handLink(architecture, (hand, next) => {
      const { machine } = hand;
      const { sp } = machine;
      const [base, other] = random.shuffle(machine.calleeSaved);
      const based = random.chance(0.5);
      hand.open(random.between(2, 5));
      hand.save(base!, 0);
      hand.save(other!, 1);
      hand.clobber(other!);
      const depth = hand.depth;
      if (based) {
        hand.emit(machine.move(base!, sp));
        hand.cfi(cfi.defCfaRegister(base!));
        hand.stateCfa = () => cfi.defCfaOffset(depth);
      } else hand.clobber(base!);
      for (let calls = random.between(1, 2); calls > 0; calls--) {
        const size = 16 * random.between(1, 12);
        hand.grow(size);
        hand.cfi(cfi.argsSize(size));
        hand.emit(machine.store(sp, 0, random.pick(machine.scratch)));
        hand.body(calls === 1 ? next : undefined);
        hand.shrink(size);
        hand.cfi(cfi.argsSize(0));
        hand.work(random.below(2));
      }
      if (based) hand.cfi(cfi.defCfaRegister(sp));
      hand.stateCfa = (distance) => cfi.defCfaOffset(distance);
      hand.get(other!, 1);
      hand.cfi(cfi.restore(other!));
      hand.get(base!, 0);
      hand.cfi(cfi.restore(base!));
      hand.close();
      hand.ret();
    }),
  ],
});
