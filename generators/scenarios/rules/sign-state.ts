import type { CieOptions } from '../../cfi/index.ts';
import { cfi, dwarf, expression } from '../../cfi/index.ts';
import * as a64 from '../../encoder/aarch64/index.ts';
import { disguised } from './equivalent.ts';
import { handLink, ruleScenario } from './rule-scenario.ts';

/** DWARF number of RA_SIGN_STATE (aadwarf64, "DWARF register names"). */
const RA_SIGN_STATE = 34;

/** The state of the return address as a register's value, not by the opcode that toggles it. */
export const signStateExpression = ruleScenario({
  name: 'sign-state-expression',
  description: 'RA_SIGN_STATE set by DW_CFA_val_expression; two ways out, with a remembered state',
  about:
    'The state of the return address is a value of RA_SIGN_STATE, register 34, that DW_CFA_val_expression sets and ' +
    'restores; the toggling opcode is not used. Remembered states carry it along. Unwinders that know the opcode only ' +
    'leave the authentication code in the return address.',
  source: 'aadwarf64, "Call frame instructions"; real: LLVM libunwind D123692, GCC PR 104689',
  architectures: ['aarch64'],
  needs: ['expressions', 'pointer-authentication'],
  bits: 1,
  group(random, architecture) {
    const bKey = random.chance(0.4);
    const cie: CieOptions = bKey ? { bKey } : {};
    const state = (value: number) =>
      cfi.valExpression(RA_SIGN_STATE, expression(...disguised(random, [dwarf.lit(value)])));
    return [
      handLink(
        architecture,
        (hand, next, name, writer) => {
          const [saved] = random.shuffle(hand.machine.calleeSaved);
          const leave = () => {
            hand.get(saved!, 0);
            hand.cfi(cfi.restore(saved!));
            const depth = hand.close();
            hand.emit(bKey ? a64.autibsp() : a64.autiasp());
            hand.cfi(random.chance(0.5) ? state(0) : cfi.restore(RA_SIGN_STATE));
            hand.work(random.below(2));
            hand.ret();
            return depth;
          };
          hand.work(random.below(2));
          hand.emit(bKey ? a64.pacibsp() : a64.paciasp());
          hand.cfi(state(1));
          hand.open(random.between(1, 4));
          hand.save(saved!, 0);
          hand.clobber(saved!);
          hand.body(next);
          if (random.chance(0.5)) {
            hand.cfi(cfi.rememberState());
            writer.branchIf(0, `${name}.other`);
            const size = leave();
            hand.cfi(cfi.restoreState());
            hand.reopened(size);
            writer.label(`${name}.other`);
            hand.work(random.between(1, 3));
          }
          leave();
        },
        cie,
      ),
    ];
  },
});
