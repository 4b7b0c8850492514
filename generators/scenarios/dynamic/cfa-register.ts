import { cfi, dwarf, expression } from '../../cfi/index.ts';
import type { Random } from '../../random.ts';
import type { HandWriter } from '../rules/hand-writer.ts';
import { handLink } from '../rules/rule-scenario.ts';
import { dynamicScenario } from './dynamic-scenario.ts';

/** Registers a function saves, by the number of the slot. */
type Saved = readonly number[];

/** A frame whose CFA is in a scratch register, as it is where SP is then aligned; `base` holds SP at the entry. */
function openOn(hand: HandWriter, base: number, saved: Saved): void {
  const { machine } = hand;
  hand.emit(machine.move(base, machine.sp));
  hand.cfi(cfi.defCfaRegister(base));
  hand.kept.add(base);
  hand.stateCfa = () => cfi.defCfaOffset(machine.entryDepth);
  hand.open(saved.length, true);
  saved.forEach((register, slot) => {
    hand.save(register, slot);
  });
  for (const register of saved) hand.clobber(register);
}

/** Loads the registers from below `base` and goes back to SP as it was. */
function closeOn(hand: HandWriter, base: number, saved: Saved): void {
  const { machine } = hand;
  for (const [slot, register] of hand.random.shuffle([...saved.entries()])) {
    hand.emit(machine.load(register, base, machine.entryDepth + hand.slot(slot)));
    hand.cfi(cfi.restore(register));
  }
  hand.emit(machine.move(machine.sp, base));
  hand.cfi(cfi.defCfaRegister(machine.sp));
  hand.ret();
}

/** What the function does before: a call needs a frame of its own, for it may change every scratch register. */
function callFirst(hand: HandWriter, next: string | undefined, random: Random): void {
  if (next === undefined) return;
  hand.open(random.between(0, 4));
  hand.body(next);
  hand.close();
}

/** Lowers SP to a multiple of a power of two, and by some more. */
function alignSp(hand: HandWriter, random: Random, scratch: number, bytes: number): void {
  const { machine } = hand;
  hand.emit(...machine.alignStack(scratch, 2 ** random.between(5, 10)));
  hand.emit(machine.add(machine.sp, machine.sp, -bytes));
}

/** The CFA in any register a call may change. */
export const cfaRegister = dynamicScenario({
  name: 'cfa-register',
  description: 'hand-written assembly: the CFA based on a scratch register, which changes on the way',
  about:
    'SP at the entry is kept in a scratch register, on which the CFA is based from then on: rax, r9, r10, r11 and others on ' +
    'x86-64, x9 to x15 on AArch64. SP is then aligned and lowered, and now and then the base moves to another such register. ' +
    'Cryptographic libraries are full of such code. Unwinders whose tables have room for SP and the frame pointer only, and ' +
    'those whose context lacks caller-saved registers, give up or go wrong here.',
  source: 'DWARF 5, section 6.4.2.2; OpenSSL, x86_64-mont.pl; real: libunwind #263',
  group: (random, architecture) => [
    handLink(architecture, (hand, next) => {
      const { machine } = hand;
      const [base, other, scratch] = random.shuffle(machine.scratch);
      const saved = random.shuffle(machine.calleeSaved).slice(0, random.between(1, 5));
      callFirst(hand, next, random);
      hand.work(random.below(2));
      openOn(hand, base!, saved);
      if (random.chance(0.7)) alignSp(hand, random, scratch!, 16 * random.between(1, 20));
      hand.work(random.between(1, 3));
      let current = base!;
      if (random.chance(0.5)) {
        current = other!;
        hand.emit(machine.move(current, base!));
        hand.cfi(cfi.defCfaRegister(current));
        hand.kept.add(current);
        hand.kept.delete(base!);
        hand.work(random.between(1, 3));
      }
      closeOn(hand, current, saved);
    }),
  ],
});

/** The CFA loaded from an array behind which the entry's SP was put, with the array's length in a register. */
export const cfaRegisterExpression = dynamicScenario({
  name: 'cfa-register-expression',
  description: 'the CFA is loaded from SP + 8 * r9 (or another scratch register) by an expression',
  about:
    'SP at the entry is stored behind an array on the aligned stack whose length is in a scratch register; the CFA is an ' +
    'expression that multiplies that register by 8, adds SP, loads and adds. This is how the Montgomery multiplication of ' +
    'OpenSSL describes itself. A context captured without r9, as some fast paths do, makes the expression compute with ' +
    'rubbish, and an evaluator that refuses caller-saved registers cannot leave the function.',
  source: 'OpenSSL, x86_64-mont.pl (bn_mul_mont); real: libunwind #263',
  needs: ['expressions'],
  group: (random, architecture) => [
    handLink(architecture, (hand, next) => {
      const { machine } = hand;
      const { sp, entryDepth } = machine;
      const [base, index, scratch, last] = random.shuffle(machine.scratch);
      const saved = random.shuffle(machine.calleeSaved).slice(0, random.between(1, 5));
      callFirst(hand, next, random);
      openOn(hand, base!, saved);
      const length = random.between(1, 15);
      alignSp(hand, random, scratch!, 128 + 16 * random.between(0, 8));
      hand.emit(...machine.constant(index!, BigInt(length)));
      hand.kept.add(index!);
      hand.emit(machine.storeElement(sp, index!, base!));
      const product = [dwarf.breg(sp, 0), dwarf.breg(index!, 0), dwarf.lit(8), dwarf.mul(), dwarf.plus()];
      const cfa = [...product, dwarf.deref(), ...(entryDepth === 0 ? [] : [dwarf.plusUconst(entryDepth)])];
      hand.cfi(cfi.defCfaExpression(expression(...cfa)));
      hand.kept.delete(base!);
      hand.work(random.between(2, 6));
      hand.emit(machine.loadElement(last!, sp, index!));
      hand.cfi(cfi.defCfa(last!, entryDepth));
      closeOn(hand, last!, saved);
    }),
  ],
});
