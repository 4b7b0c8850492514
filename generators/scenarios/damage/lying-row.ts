import type { ArchitectureName } from '../../../engine/architecture/index.ts';
import { type CfiDirective, cfi } from '../../cfi/index.ts';
import type { Random } from '../../random.ts';
import type { Link, LinkEnd } from '../chain.ts';
import type { HandWriter } from '../rules/hand-writer.ts';
import { handLink } from '../rules/rule-scenario.ts';

/** Labels around the call of a function with a lying row: where the row begins, the call, and what it returns to. */
export const lie = 'lie';
export const call = 'call';
export const back = 'back';

/** What is wrong with a row, and how walks end there. */
export interface Lie {
  directives(hand: HandWriter): readonly CfiDirective[];
  readonly ends: readonly LinkEnd[];
}

/** A function whose CFI is right but for the row that holds at its call and the few instructions before it. */
export function lyingLink(random: Random, architecture: ArchitectureName, { directives, ends }: Lie): Link {
  const link = handLink(architecture, (hand, next, name, writer) => {
    const { machine } = hand;
    const saved = random.shuffle(machine.calleeSaved).slice(0, random.between(1, 3));
    hand.open(random.between(saved.length, saved.length + 4));
    saved.forEach((register, i) => {
      hand.save(register, i);
    });
    for (const register of saved) hand.clobber(register);
    hand.work(random.between(1, 3));
    hand.cfi(cfi.rememberState());
    writer.label(`${name}.${lie}`);
    hand.cfi(...directives(hand));
    hand.work(random.between(0, 2));
    writer.label(`${name}.${call}`);
    hand.emit(machine.call(next!));
    writer.label(`${name}.${back}`);
    hand.cfi(cfi.restoreState());
    hand.work(random.between(1, 3));
    saved.forEach((register, i) => {
      hand.get(register, i);
      hand.cfi(cfi.restore(register));
    });
    hand.close();
    hand.ret();
  });
  return { ...link, ends };
}

/** Where the lying row holds for whoever is there, calling or not. */
export const inLie = (end: Pick<LinkEnd, 'endings' | 'behind'>): LinkEnd => ({ ...end, from: lie, to: back });

/** Where it holds only for a frame that has made the call. */
export const inCall = (end: Pick<LinkEnd, 'endings' | 'behind'>): LinkEnd => ({
  ...end,
  from: call,
  fromOffset: 1,
  to: back,
});
