import type { ArchitectureName } from '../../../engine/architecture/index.ts';
import { cfi, dwarf, expression } from '../../cfi/index.ts';
import type { Random } from '../../random.ts';
import type { Link } from '../chain.ts';
import { disguised, registerPlus } from './equivalent.ts';
import { handLink, ruleScenario } from './rule-scenario.ts';

/** SP plus a number, said by an expression that is more or less roundabout. */
function computed(random: Random, architecture: ArchitectureName): Link {
  return handLink(architecture, (hand, next) => {
    const { machine } = hand;
    const [register] = random.shuffle(machine.calleeSaved);
    hand.stateCfa = (depth) => cfi.defCfaExpression(expression(...registerPlus(random, machine.sp, depth)));
    hand.open(random.between(1, 8));
    hand.save(register!, 0);
    hand.clobber(register!);
    hand.body(next);
    hand.get(register!, 0);
    hand.cfi(cfi.restore(register!));
    hand.close();
    hand.ret();
  });
}

/** SP is rounded down, so that only a slot knows where the frame began, as GCC does for over-aligned variables. */
function realigned(random: Random, architecture: ArchitectureName): Link {
  return handLink(architecture, (hand, next) => {
    const { machine } = hand;
    const { sp } = machine;
    const scratch = random.pick(machine.scratch);
    const [base, other] = random.shuffle(machine.calleeSaved);
    hand.open(3);
    hand.emit(machine.add(scratch, sp, hand.depth));
    hand.put(scratch, 0);
    hand.save(base!, 1);
    hand.save(other!, 2);
    hand.emit(machine.move(base!, sp));
    const slot = hand.fromSp(hand.slot(0));
    hand.cfi(cfi.defCfaExpression(expression(...registerPlus(random, base!, slot), dwarf.deref())));
    hand.clobber(other!);
    hand.emit(...machine.alignStack(scratch, 2 ** random.between(5, 8)));
    hand.emit(machine.add(sp, sp, -16 * random.between(1, 8)));
    hand.body(next);
    hand.emit(machine.move(sp, base!));
    hand.cfi(cfi.defCfaExpression(expression(...disguised(random, [dwarf.breg(sp, slot)]), dwarf.deref())));
    hand.get(other!, 2);
    hand.cfi(cfi.restore(other!));
    hand.cfi(cfi.defCfa(sp, hand.depth));
    hand.get(base!, 1);
    hand.cfi(cfi.restore(base!));
    hand.close();
    hand.ret();
  });
}

/** CFAs that are more than register and offset. */
export const cfaExpression = ruleScenario({
  name: 'cfa-expression',
  description: 'the CFA is what an expression computes, or loads from the frame of a realigned stack',
  about:
    'The CFA is SP plus a number said by an expression, or is loaded from a slot of a stack that was rounded down, as ' +
    'GCC does for over-aligned variables. The expression starts with an empty stack. Unwinders that know register and ' +
    'offset only cannot take a step here.',
  source: 'DWARF 5, section 6.4.2.2; GCC, dynamic realignment of the stack',
  needs: ['expressions'],
  group: (random, architecture) => [random.pick([computed, realigned])(random, architecture)],
});
