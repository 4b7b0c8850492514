import { cfi } from '../../cfi/index.ts';
import { handLink, ruleScenario } from './rule-scenario.ts';

/** The return address in a slot of its own, and not where a call puts it. */
export const returnAddressSlot = ruleScenario({
  name: 'return-address-slot',
  description: 'the return address is moved to another slot, and its place is overwritten',
  about:
    'The return address is copied into some slot of the frame, and the word at CFA - 8 (on AArch64 the link register) is ' +
    'overwritten until shortly before the return. The rules say so. Unwinders that know the place of the return address by ' +
    'heart, as frame pointer walkers and many compact formats do, find rubbish there.',
  source: 'DWARF 5, section 6.4.1: the return address has a rule as any column has',
  programs: { full: 20, quick: 1 },
  group: (random, architecture) => [
    handLink(architecture, (hand, next) => {
      const { machine } = hand;
      const { sp, returnAddress, entryDepth } = machine;
      const onStack = entryDepth > 0;
      const scratch = random.pick(machine.scratch);
      const [saved] = random.shuffle(machine.calleeSaved);
      const slot = random.between(1, 5);
      const home = hand.fromSp.bind(hand, -8);
      hand.open(slot + random.between(1, 3), true);
      hand.save(saved!, 0);
      if (onStack) hand.emit(machine.load(scratch, sp, home()));
      hand.put(onStack ? scratch : returnAddress, slot);
      hand.cfi(cfi.offset(returnAddress, hand.slot(slot)));
      hand.clobber(saved!);
      if (onStack) hand.emit(machine.store(sp, home(), saved!));
      else hand.clobber(returnAddress);
      hand.body(next);
      hand.get(onStack ? scratch : returnAddress, slot);
      if (onStack) hand.emit(machine.store(sp, home(), scratch));
      hand.cfi(cfi.restore(returnAddress));
      hand.get(saved!, 0);
      hand.cfi(cfi.restore(saved!));
      hand.close();
      hand.ret();
    }),
  ],
});
