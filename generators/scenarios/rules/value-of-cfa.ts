import type { ArchitectureName } from '../../../engine/architecture/index.ts';
import { type CfiDirective, cfi, expression } from '../../cfi/index.ts';
import type { Random } from '../../random.ts';
import type { Link } from '../chain.ts';
import { disguised, plus } from './equivalent.ts';
import { handLink, ruleScenario } from './rule-scenario.ts';

/** Says that `register` is CFA + distance. */
type Rule = (register: number, distance: number) => CfiDirective;

/**
 * A caller that has SP plus a distance in a callee-saved register, and a callee that overwrites that register without
 * saving it, because it can compute it: SP at the call is the callee's CFA.
 */
function pair(random: Random, architecture: ArchitectureName, distance: number, rule: Rule): Link[] {
  let shared: number;
  return [
    handLink(architecture, (hand, next) => {
      const { machine } = hand;
      shared = random.pick(machine.calleeSaved);
      hand.open(random.between(1, 4));
      hand.save(shared, 0);
      hand.emit(machine.add(shared, machine.sp, distance));
      hand.body(next);
      hand.get(shared, 0);
      hand.cfi(cfi.restore(shared));
      hand.close();
      hand.ret();
    }),
    handLink(architecture, (hand, next) => {
      const { machine } = hand;
      hand.open(random.between(1, 4));
      if (random.chance(0.5)) {
        // The instruction that takes the register's value away moves SP as well: both change in one row.
        hand.grow(machine.popSize);
        hand.work(1);
        hand.emit(machine.pop(shared));
        hand.shrunk(machine.popSize);
        hand.cfi(...random.shuffle([rule(shared, distance), cfi.defCfaOffset(hand.depth)]));
      } else {
        hand.clobber(shared);
        hand.cfi(rule(shared, distance));
      }
      hand.body(next);
      hand.emit(machine.add(shared, machine.sp, hand.depth + distance));
      hand.cfi(cfi.restore(shared));
      hand.work(random.below(2));
      hand.close();
      hand.ret();
    }),
  ];
}

/** Registers that an expression computes from the CFA it finds on its stack. */
export const valExpression = ruleScenario({
  name: 'val-expression',
  description: "DW_CFA_val_expression on the row's CFA, also the empty expression, which gives the CFA",
  about:
    'A caller keeps an address within its frame in a callee-saved register; the callee overwrites it and computes it ' +
    'from the CFA, in the same row in which the CFA changes. Also the empty expression occurs, whose result is the ' +
    'CFA on its stack. Evaluators that begin with the CFA of an earlier row, or load from the result, are wrong.',
  source: 'DWARF 5, section 6.4.2.3; real: libunwind #93',
  needs: ['expressions'],
  group(random, architecture) {
    const distance = random.chance(0.5) ? 0 : random.between(-64, 64);
    return pair(random, architecture, distance, (register) => {
      const empty = distance === 0 && random.chance(0.6);
      const operations = empty ? [] : disguised(random, distance === 0 ? [] : plus(random, distance));
      return cfi.valExpression(register, expression(...operations));
    });
  },
});

/** Registers that are CFA + N. */
export const valOffset = ruleScenario({
  name: 'val-offset',
  description: 'DW_CFA_val_offset and DW_CFA_val_offset_sf of a register that points to the frame',
  about:
    'A caller keeps an address within its frame in a callee-saved register; the callee overwrites it and says that it ' +
    'is CFA + N, with either sign. The value is computed, not loaded. Some debuggers lack the rule, others read ' +
    'memory at that address.',
  source: 'DWARF 5, section 6.4.2.3; real: LLVM lldb #150732',
  group: (random, architecture) =>
    pair(random, architecture, 8 * random.between(-8, 8), (register, distance) =>
      distance <= 0 && random.chance(0.5) ? cfi.valOffset(register, distance) : cfi.valOffsetSf(register, distance),
    ),
});
