import { cfi } from '../../cfi/index.ts';
import { handLink, ruleScenario } from './rule-scenario.ts';

/** Each register's value in the next one, the last one's in memory. */
export const registerChain = ruleScenario({
  name: 'register-chain',
  description: 'a is in b, b is in c, c is in memory: each rule reads what another one gives a new value',
  about:
    'Callee-saved registers are moved one place on, from each into the next, and the last is saved in the frame; the rules ' +
    'are DW_CFA_register all along. All rules of a row read the registers of the frame at hand. An unwinder that applies ' +
    'them in place, in ascending or descending order, copies one value through the whole chain, in one of the two ' +
    'directions in which the chain may run.',
  source: 'DWARF 5, sections 6.4.2.3 and 6.4.3; real: libunwind #43',
  programs: { full: 24, quick: 1 },
  group: (random, architecture) => [
    handLink(architecture, (hand, next) => {
      const { machine } = hand;
      const chosen = random.subset(machine.calleeSaved, random.between(3, 5));
      const chain = random.pick([chosen, chosen.toReversed(), random.shuffle(chosen)]);
      const last = chain.length - 1;
      hand.open(1);
      hand.save(chain[last]!, 0);
      for (let i = last; i > 0; i--) {
        hand.emit(machine.move(chain[i]!, chain[i - 1]!));
        hand.cfi(cfi.register(chain[i - 1]!, chain[i]!));
      }
      hand.clobber(chain[0]!);
      hand.body(next);
      for (let i = 1; i <= last; i++) {
        hand.emit(machine.move(chain[i - 1]!, chain[i]!));
        hand.cfi(cfi.restore(chain[i - 1]!));
      }
      hand.get(chain[last]!, 0);
      hand.cfi(cfi.restore(chain[last]!));
      hand.close();
      hand.ret();
    }),
  ],
});
