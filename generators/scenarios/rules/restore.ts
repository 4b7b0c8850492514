import { cfi } from '../../cfi/index.ts';
import { handLink, ruleScenario } from './rule-scenario.ts';

/** `DW_CFA_restore` goes back to what the CIE says, and where it says nothing, to nothing. */
export const restoreWithoutInitial = ruleScenario({
  name: 'restore-without-initial',
  description: 'DW_CFA_restore and DW_CFA_restore_extended of registers the CIE does not mention',
  about:
    'DW_CFA_restore and DW_CFA_restore_extended name registers for which the CIE has no rule, early and late, also ' +
    'behind an undefined. They bring back the state behind the initial instructions, which is no rule at all. Wrong ' +
    'unwinders stop, keep the last rule, or take the register for undefined.',
  source: 'DWARF 5, section 6.4.2.3; real: peadar/pstack, Bareflank/hypervisor #157, ziglang/zig #3478',
  group: (random, architecture) => [
    handLink(architecture, (hand, next) => {
      const restored = (register: number) =>
        random.chance(0.5) ? cfi.restore(register) : cfi.restoreExtended(register);
      const [never, ...others] = random.shuffle(hand.machine.calleeSaved);
      const saved = others.slice(0, random.between(1, 4));
      const early = random.chance(0.5);
      hand.cfi(restored(never!));
      hand.open(saved.length);
      saved.forEach((register, i) => {
        hand.save(register, i);
      });
      for (const register of saved) hand.clobber(register);
      hand.body(early ? next : undefined);
      for (const [i, register] of random.shuffle([...saved.entries()])) {
        hand.get(register, i);
        hand.cfi(...(random.chance(0.2) ? [cfi.undefined(register)] : []), restored(register));
      }
      hand.body(early ? undefined : next);
      hand.close();
      hand.ret();
    }),
  ],
});
