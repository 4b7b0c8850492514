import { cfi } from '../../cfi/index.ts';
import * as a64 from '../../encoder/aarch64/index.ts';
import { ordinaryStyle } from '../../function/ordinary-style.ts';
import type { Link } from '../chain.ts';
import type { HandWriter } from '../rules/hand-writer.ts';
import { handLink } from '../rules/rule-scenario.ts';
import type { Scenario } from '../scenario.ts';
import { signedScenario, signedStyle } from './shapes.ts';

/** Writes a function by hand, given how it signs and authenticates. */
type SignedWrite = (hand: HandWriter, next: string | undefined, sign: () => void, authenticate: () => void) => void;

function signedByHand(key: 'a' | 'b', write: SignedWrite): Link {
  return handLink(
    'aarch64',
    (hand, next) => {
      const sign = () => {
        hand.emit(key === 'a' ? a64.paciasp() : a64.pacibsp());
        hand.cfi(cfi.negateRaState());
      };
      const authenticate = () => {
        hand.emit(key === 'a' ? a64.autiasp() : a64.autibsp());
        hand.cfi(cfi.negateRaState());
      };
      write(hand, next, sign, authenticate);
    },
    key === 'b' ? { bKey: true } : {},
  );
}

/** A scenario whose functions, but the entry, are written by hand. */
function handSigned(
  plan: Pick<Parameters<typeof signedScenario>[0], 'name' | 'description' | 'about' | 'source'>,
  write: SignedWrite,
): Scenario {
  return signedScenario({
    ...plan,
    link: (random, key, index) => {
      if (index === 0) return { style: signedStyle(random, key) };
      return index > 1 && random.chance(0.3) ? { style: ordinaryStyle(random) } : signedByHand(key, write);
    },
  });
}

/** Signing in other places than the first instruction. */
export const placedScenarios: readonly Scenario[] = [
  handSigned(
    {
      name: 'signed-late',
      description: 'the return address is signed after the first saves, authenticated before the last restores',
      about:
        'The frame is allocated and registers are saved before the address is signed, with the SP of that place; only ' +
        'then is it saved. The toggle stands between other directives, and rows before and behind it differ in nothing ' +
        'else. An unwinder that takes the state at the function’s end for all of it, or the first row’s, is wrong on one ' +
        'side of the toggle.',
      source: 'aadwarf64, "Call frame instructions"; real: LLVM #137795',
    },
    (hand, next, sign, authenticate) => {
      const { machine, random } = hand;
      const link = machine.returnAddress;
      const saved = random.shuffle(machine.calleeSaved).slice(0, random.between(1, 3));
      // The link register gets the slot behind the others.
      hand.open(saved.length + 1, true);
      const before = random.below(saved.length + 1);
      for (let i = 0; i < before; i++) hand.save(saved[i]!, i);
      hand.work(random.below(2));
      sign();
      for (let i = before; i < saved.length; i++) hand.save(saved[i]!, i);
      hand.save(link, saved.length);
      for (const register of saved) hand.clobber(register);
      hand.body(next);
      hand.get(link, saved.length);
      hand.cfi(cfi.restore(link));
      const order = random.shuffle(saved.map((register, i) => [register, i] as const));
      order.forEach(([register, slot], i) => {
        if (i === before) authenticate();
        hand.get(register, slot);
        hand.cfi(cfi.restore(register));
      });
      if (before >= saved.length) authenticate();
      hand.close();
      hand.ret();
    },
  ),
  handSigned(
    {
      name: 'in-register',
      description: 'the signed return address is kept in a callee-saved register, or stays in x30',
      about:
        'Outlined code and leaf functions that sign all the same do not save x30 to memory: it is moved to another ' +
        'register, which the call frame information names, or left where it is. The value is signed wherever it is. An ' +
        'unwinder that strips only what it loads from the stack returns a signed address.',
      source: 'DWARF 5, section 6.4.2.3, DW_CFA_register; LLVM machine outliner, -mbranch-protection=pac-ret+leaf',
    },
    (hand, next, sign, authenticate) => {
      const { machine, random } = hand;
      const link = machine.returnAddress;
      const [home] = random.shuffle(machine.calleeSaved);
      sign();
      hand.open(random.between(1, 3), true);
      hand.save(home!, 0);
      if (next === undefined) hand.clobber(home!);
      else {
        hand.emit(machine.move(home!, link));
        hand.cfi(cfi.register(link, home!));
      }
      hand.body(next);
      if (next !== undefined) {
        hand.emit(machine.move(link, home!));
        hand.cfi(cfi.restore(link));
      }
      hand.get(home!, 0);
      hand.cfi(cfi.restore(home!));
      hand.close();
      authenticate();
      hand.ret();
    },
  ),
  handSigned(
    {
      name: 'signed-twice',
      description: 'two stretches of one function are signed; the code before, between and behind is not',
      about:
        'Separate shrink wrapping makes a frame where it is needed and nowhere else: the function signs, calls and ' +
        'authenticates twice, one after the other. The toggles are four in a row, and an unwinder must execute all of ' +
        'them up to the PC and none beyond. Those that look for one signing instruction per function, or set the state ' +
        'instead of toggling it, fail in the second stretch or between the two.',
      source: 'aadwarf64, "Call frame instructions"; real: LLVM #198677',
    },
    (hand, next, sign, authenticate) => {
      const { random } = hand;
      const [saved] = random.shuffle(hand.machine.calleeSaved);
      const calls = random.below(2);
      for (let stretch = 0; stretch < 2; stretch++) {
        hand.work(random.between(1, 2));
        sign();
        hand.open(random.between(1, 3));
        hand.save(saved!, 0);
        hand.clobber(saved!);
        hand.body(stretch === calls ? next : undefined);
        hand.get(saved!, 0);
        hand.cfi(cfi.restore(saved!));
        hand.close();
        authenticate();
      }
      hand.work(random.below(2));
      hand.ret();
    },
  ),
];
