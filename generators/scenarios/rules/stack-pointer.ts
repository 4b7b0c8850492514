import type { ArchitectureName } from '../../../engine/architecture/index.ts';
import { cfi, dwarf, expression } from '../../cfi/index.ts';
import * as x86 from '../../encoder/x86-64/index.ts';
import type { Stack } from '../../program.ts';
import type { Random } from '../../random.ts';
import type { Link } from '../chain.ts';
import { ordinaryPlacement } from '../placement.ts';
import { handLink, ruleScenario } from './rule-scenario.ts';
import { x86_64Register } from './x86-64-machine.ts';

const otherStack = 'other';

/** The stack functions switch to; the same for links and placement of a program. */
function stackOf(random: Random): Stack {
  const pages = random.derive(otherStack).below(0x10000);
  return { name: otherStack, start: 0x7e00_0000_0000n + BigInt(pages) * 0x1000n, size: 0x8000, behind: 'switcher' };
}

/**
 * Calls the next function on another stack. The CFA is on that stack, where the caller's SP is saved; the return
 * address of x86-64 stays on the old one.
 */
function switched(random: Random, architecture: ArchitectureName, stack: Stack): Link {
  const top = stack.start + BigInt(stack.size);
  return handLink(architecture, (hand, next) => {
    const { machine } = hand;
    const { sp, returnAddress } = machine;
    const [old, address] = random.shuffle(machine.scratch);
    const byExpression = random.chance(0.5);
    hand.work(random.below(3));
    hand.emit(machine.add(old!, sp, machine.entryDepth));
    hand.cfi(cfi.defCfa(old!, 0));
    hand.emit(...machine.constant(address!, top));
    hand.emit(machine.move(sp, address!));
    const spRule = byExpression
      ? cfi.valExpression(sp, expression(dwarf.constu(16), dwarf.minus(), dwarf.deref()))
      : cfi.offset(sp, -16);
    if (architecture === 'x86-64') {
      hand.emit(x86.pushImmediate(random.below(100)));
      hand.emit(x86.push(x86_64Register(old!)));
      const onOldStack = [dwarf.constu(16), dwarf.minus(), dwarf.deref(), dwarf.lit(8), dwarf.minus()];
      hand.cfi(cfi.defCfa(sp, 16), spRule, cfi.expression(returnAddress, expression(...onOldStack)));
    } else {
      hand.emit(machine.add(sp, sp, -16));
      hand.emit(machine.store(sp, 8, returnAddress));
      hand.emit(machine.store(sp, 0, old!));
      hand.cfi(cfi.defCfa(sp, 16), spRule, cfi.offset(returnAddress, -8));
    }
    hand.body(next);
    hand.emit(machine.load(old!, sp, 0));
    if (architecture === 'aarch64') hand.emit(machine.load(returnAddress, sp, 8));
    hand.cfi(cfi.defCfa(old!, 0), cfi.restore(sp), cfi.restore(returnAddress));
    hand.emit(machine.add(sp, old!, -machine.entryDepth));
    hand.cfi(cfi.defCfa(sp, machine.entryDepth));
    hand.ret();
  });
}

/** The CFA is by convention somewhere else than the caller's SP, on either side. */
function biased(random: Random, architecture: ArchitectureName): Link {
  const bias = 8 * random.pick([-4, -1, 2, 20]);
  return handLink(architecture, (hand, next) => {
    const { machine } = hand;
    const { sp } = machine;
    const [saved, other] = random.shuffle(machine.calleeSaved);
    const spRule = bias > 0 ? cfi.valOffset(sp, -bias) : cfi.valOffsetSf(sp, -bias);
    hand.bias = bias;
    // The only directive of this kind that takes a negative offset.
    hand.stateCfa = (depth) => cfi.defCfaSf(sp, depth);
    hand.cfi(hand.stateCfa(hand.depth), spRule);
    if (architecture === 'x86-64') hand.cfi(cfi.offsetExtendedSf(machine.returnAddress, -8 - bias));
    hand.open(random.between(2, 6));
    hand.save(saved!, 0);
    hand.save(other!, 1);
    hand.clobber(other!);
    if (random.chance(0.5)) {
      hand.emit(machine.add(saved!, sp, hand.depth - bias));
      hand.cfi(cfi.register(sp, saved!));
      hand.body(next);
      hand.cfi(spRule);
    } else {
      hand.clobber(saved!);
      hand.body(next);
    }
    hand.get(other!, 1);
    hand.cfi(cfi.restore(other!));
    hand.get(saved!, 0);
    hand.cfi(cfi.restore(saved!));
    hand.close();
    hand.ret();
  });
}

/** The caller's SP is not the CFA. */
export const stackPointer = ruleScenario({
  name: 'stack-pointer',
  description: 'explicit rules for SP: a switch to another stack, a CFA that is not the SP of the caller',
  about:
    "A rule gives the caller's SP: because the function has switched to another stack, where the CFA then lies, or " +
    "because by this producer's convention the CFA is not SP at the call. SP is the CFA only where no rule says " +
    'otherwise. Unwinders that force it to the CFA, or write it last, go on in the wrong stack.',
  source: 'DWARF 5, section 6.4.1; real: LLVM libunwind D106626',
  needs: ['stack-pointer-rule', 'expressions'],
  place(random) {
    const placement = ordinaryPlacement(random);
    return { ...placement, stacks: [...placement.stacks, stackOf(random)] };
  },
  group(random, architecture, program) {
    // There is one other stack: only one function of a chain may switch to it.
    if (!program.first || random.chance(0.4)) return [biased(random, architecture)];
    return [switched(random, architecture, stackOf(program.random))];
  },
});
