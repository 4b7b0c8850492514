import { ordinaryStyle } from '../../function/ordinary-style.ts';
import { selectorLabel } from '../../function/writer.ts';
import type { Random } from '../../random.ts';
import { addressOf, selectorRuns } from '../build-program.ts';
import { entryName, type Link } from '../chain.ts';
import { chainScenario } from '../chain-scenario.ts';

/** An entry that ends the program instead of returning. */
export function entryThatExits(random: Random): Link {
  return {
    style: ordinaryStyle(random),
    write(writer, next, own) {
      writer.prologue();
      writer.work(own.between(0, 2));
      writer.overwrite();
      writer.call(next!);
      writer.work(own.between(1, 3));
      writer.exit();
    },
  };
}

/** The entry's return address is no address of code. */
export const returnAddressNowhere = chainScenario({
  name: 'damage/return-address-nowhere',
  description: 'the outermost return address is -1, 1, in data, not mapped or not canonical',
  about:
    'The return address of the outermost function is no address of code: all ones, 1, the address of a variable, one ' +
    'where nothing is mapped, one that is not canonical. All other frames must be right. A walk may report this address ' +
    'as the last caller, of which nothing is known, or end before it. Wrong unwinders wrap around when they subtract ' +
    'one, find a function there, or treat the bytes of data as code.',
  source: 'real: stacks that were overwritten, thread entries without CFI',
  needs: ['callee-saved'],
  bits: 0,
  programs: { full: 8, quick: 1 },
  links: (random) => [
    entryThatExits(random.derive('entry')),
    ...Array.from({ length: random.between(2, 4) }, (_, i) => ({ style: ordinaryStyle(random.derive(i)) })),
  ],
  runs: (linked, _random, functions) =>
    [
      0xffff_ffff_ffff_ffffn,
      1n,
      addressOf(linked, selectorLabel),
      0x6666_0000_1230n,
      0x8000_0000_0000_0000n,
      0xffff_ffff_0000_0000n,
    ].map((returnAddress) => ({ ...selectorRuns(linked, entryName, 0, functions)[0]!, returnAddress })),
});
