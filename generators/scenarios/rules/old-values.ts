import type { ArchitectureName } from '../../../engine/architecture/index.ts';
import { cfi, expression } from '../../cfi/index.ts';
import * as x86 from '../../encoder/x86-64/index.ts';
import type { Random } from '../../random.ts';
import type { Link } from '../chain.ts';
import { registerPlus } from './equivalent.ts';
import type { HandWriter } from './hand-writer.ts';
import { handLink, ruleScenario } from './rule-scenario.ts';
import { Whereabouts } from './whereabouts.ts';
import { x86_64Register } from './x86-64-machine.ts';

function exchange(hand: HandWriter, where: Whereabouts, a: number, b: number, scratch: number): void {
  const { machine } = hand;
  if (machine.architecture === 'x86-64') {
    hand.emit(x86.xchg(x86_64Register(a), x86_64Register(b)));
    where.moved([a, b], [b, a]);
    return;
  }
  for (const [to, from] of [
    [scratch, a],
    [a, b],
    [b, scratch],
  ] as const) {
    hand.emit(machine.move(to, from));
    where.moved([to, from]);
  }
}

/** Callee-saved registers exchanged, two or three in a ring, while another function is called. */
function permuted(random: Random, architecture: ArchitectureName): Link {
  return handLink(architecture, (hand, next) => {
    const { machine } = hand;
    const [a, b, c] = random.shuffle(machine.calleeSaved);
    const scratch = random.pick(machine.scratch);
    const exchanges: [number, number][] = random.chance(0.5)
      ? [[a!, b!]]
      : [
          [a!, b!],
          [b!, c!],
        ];
    const where = new Whereabouts(hand, [a!, b!, c!]);
    hand.open(0);
    for (const [one, other] of exchanges) exchange(hand, where, one, other, scratch);
    where.lost(scratch);
    hand.body(next);
    for (const [one, other] of exchanges.toReversed()) exchange(hand, where, one, other, scratch);
    hand.close();
    hand.ret();
  });
}

/** Slots named by expressions on a base register that is itself restored. */
function restoredBase(random: Random, architecture: ArchitectureName): Link {
  return handLink(architecture, (hand, next) => {
    const { machine } = hand;
    const [base, ...saved] = random.shuffle(machine.calleeSaved).slice(0, random.between(3, 5));
    hand.open(saved.length + 1);
    hand.save(base!, 0);
    hand.emit(machine.move(base!, machine.sp));
    hand.cfi(cfi.defCfaRegister(base!));
    saved.forEach((register, i) => {
      hand.put(register, i + 1);
      const operations = registerPlus(random, base!, hand.fromSp(hand.slot(i + 1)));
      hand.cfi(cfi.expression(register, expression(...operations)));
      hand.clobber(register);
    });
    hand.body(next);
    saved.forEach((register, i) => {
      hand.get(register, i + 1);
      hand.cfi(cfi.restore(register));
    });
    hand.cfi(cfi.defCfaRegister(machine.sp));
    hand.get(base!, 0);
    hand.cfi(cfi.restore(base!));
    hand.close();
    hand.ret();
  });
}

/** All rules of a row read the registers as they are in the frame at hand. */
export const oldValues = ruleScenario({
  name: 'old-values',
  description: 'rules that read registers which other rules of the row give new values',
  about:
    'Registers are exchanged in pairs and rings, and slots are named relative to a register that is itself restored ' +
    'from one of them. All rules of a row read the registers as they are in the frame at hand. An unwinder that ' +
    'writes its results into the registers it still reads from gets the later ones wrong.',
  source: 'DWARF 5, section 6.4.3; real: libunwind #43',
  needs: ['expressions'],
  group: (random, architecture) => [random.pick([permuted, restoredBase])(random, architecture)],
});
