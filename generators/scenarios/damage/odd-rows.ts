import type { ArchitectureName } from '../../../engine/architecture/index.ts';
import { type CfiDirective, cfi } from '../../cfi/index.ts';
import type { Random } from '../../random.ts';
import type { Link } from '../chain.ts';
import { handLink } from '../rules/rule-scenario.ts';
import { damageScenario } from './damage-scenario.ts';

/** x86-64: SP itself is no multiple of 8, and neither is the place of anything that is pushed from there on. */
function misalignedStack(random: Random, architecture: ArchitectureName): Link {
  const write = (skew: number) =>
    handLink(
      architecture,
      (hand, next) => {
        const { machine } = hand;
        const [saved, other] = random.shuffle(machine.calleeSaved);
        hand.work(random.between(0, 2));
        hand.open(random.between(3, 6));
        hand.save(saved!, 0);
        hand.clobber(saved!);
        hand.grow(skew);
        hand.save(other!, 1);
        hand.clobber(other!);
        hand.body(next);
        hand.get(other!, 1);
        hand.cfi(cfi.restore(other!));
        hand.shrink(skew);
        hand.get(saved!, 0);
        hand.cfi(cfi.restore(saved!));
        hand.close();
        hand.ret();
      },
      { dataAlignment: -1 },
    );
  return write(random.pick([1, 2, 3, 4, 5, 12, 17]));
}

/** The CFA is by convention at an odd address; what is saved lies at odd offsets from it. */
function misalignedConvention(random: Random, architecture: ArchitectureName): Link {
  const bias = random.pick([1, 2, 4, 5, 12, 17]);
  return handLink(
    architecture,
    (hand, next) => {
      const { machine } = hand;
      const [saved, other] = random.shuffle(machine.calleeSaved);
      hand.bias = bias;
      hand.cfi(hand.stateCfa(hand.depth), cfi.valOffset(machine.sp, -bias));
      if (architecture === 'x86-64') hand.cfi(cfi.offset(machine.returnAddress, -8 - bias));
      hand.open(random.between(2, 6));
      hand.save(saved!, 0);
      hand.save(other!, 1);
      hand.clobber(saved!);
      hand.clobber(other!);
      hand.body(next);
      hand.get(other!, 1);
      hand.cfi(cfi.restore(other!));
      hand.get(saved!, 0);
      hand.cfi(cfi.restore(saved!));
      hand.close();
      hand.ret();
    },
    { dataAlignment: -1 },
  );
}

/** Addresses that are no multiples of 8. */
export const misalignedCfa = damageScenario({
  name: 'misaligned-cfa',
  description: 'the CFA is no multiple of 8: SP is not aligned, or the convention is odd',
  about:
    'The CFA of one function is no multiple of 8, and so are the slots counted from it: on x86-64 because SP itself is ' +
    'not aligned, which nothing forbids, so that all frames inside lie askew; or because the CFI counts from an odd ' +
    'place and says so for SP. Everything can be unwound exactly, with loads at any address. Wrong unwinders round ' +
    'addresses down, give up at the first odd SP, or read words of an array where bytes were meant.',
  source: 'DWARF 5, section 6.4.1: the CFA is any address; real: interrupted hand-written assembly',
  needs: ['stack-pointer-rule'],
  victims: (random, architecture) => [
    architecture === 'x86-64' && random.chance(0.6)
      ? misalignedStack(random, architecture)
      : misalignedConvention(random, architecture),
  ],
});

/** DWARF numbers of registers that no general unwinder keeps, and that mean nothing at all. */
const unknownRegisters: Record<ArchitectureName, readonly number[]> = {
  'x86-64': [17, 18, 32, 33, 48, 49, 50, 58, 67, 83, 118, 126, 127, 128, 255, 1000, 0x7fff_ffff],
  aarch64: [33, 35, 46, 47, 48, 63, 64, 71, 80, 95, 97, 127, 128, 1000, 0x7fff_ffff],
};

function ruleOf(random: Random, register: number): CfiDirective {
  return random.pick([
    cfi.offsetExtended(register, -8 * random.between(1, 9)),
    cfi.offsetExtendedSf(register, -8 * random.between(1, 9)),
    cfi.undefined(register),
    cfi.sameValue(register),
    cfi.restoreExtended(register),
    cfi.valOffset(register, -8 * random.between(1, 9)),
    cfi.register(register, register),
  ]);
}

/** Rules for registers beyond any table. */
export const unknownRegister = damageScenario({
  name: 'unknown-register',
  description: 'rules for registers that do not exist, or that no unwinder keeps',
  about:
    'Among the rules of a function are some for registers with numbers that mean vector, flag or mask registers, or ' +
    'nothing on this machine, up to 2^31 - 1. They concern nobody: every frame can be unwound exactly. Wrong unwinders ' +
    'index their table with the number, which one library checked against the size of the table but for one, or refuse ' +
    'the whole function.',
  source: 'DWARF 5, section 6.4.2.3; real: CVE-2015-3239 (libunwind)',
  victims: (random, architecture) => [
    handLink(architecture, (hand, next) => {
      const { machine } = hand;
      const [saved] = random.shuffle(machine.calleeSaved);
      const rules = () =>
        random
          .shuffle(unknownRegisters[architecture])
          .slice(0, random.between(2, 6))
          .map((register) => ruleOf(random, register));
      hand.cfi(...rules());
      hand.open(random.between(2, 6));
      hand.save(saved!, 0);
      hand.cfi(...rules());
      hand.clobber(saved!);
      hand.body(next);
      hand.get(saved!, 0);
      hand.cfi(cfi.restore(saved!), ...rules());
      hand.close();
      hand.ret();
    }),
  ],
});
