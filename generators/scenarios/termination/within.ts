import { cfi } from '../../cfi/index.ts';
import { ordinaryStyle } from '../../function/ordinary-style.ts';
import { selectorRuns } from '../build-program.ts';
import { entryName, type Link } from '../chain.ts';
import { chainScenario } from '../chain-scenario.ts';
import { entryThatExits } from '../damage/nowhere.ts';
import { machineOf } from '../rules/machine-of.ts';

/** A function in the middle of a chain says that it is the root. */
export const declaredRoot = chainScenario({
  name: 'termination/declared-root',
  description: 'a function that was called says its return address is undefined: it is the root anyway',
  about:
    'One function of the chain was called like any other, and a good return address is on the stack; but from its body ' +
    'on its CFI says that the return address is undefined, as entries of threads and coroutines do to end every trace ' +
    'with them. At these instructions it is the root and nothing behind it is to be reported. Wrong unwinders know ' +
    'better, or see the rule in their cache only after they have stepped.',
  source: 'DWARF 5, section 6.4.4; real: framehop #28, parca-agent #1352',
  needs: ['callee-saved'],
  bits: 0,
  programs: { full: 25, quick: 2 },
  links(random, architecture) {
    const some = (what: string, count: number): Link[] =>
      Array.from({ length: count }, (_, i) => ({ style: ordinaryStyle(random.derive(`${what}${i}`)) }));
    const { returnAddress } = machineOf(architecture);
    const root: Link = {
      style: { ...ordinaryStyle(random.derive('root')), restores: 'stated' },
      write(writer, next, own, name) {
        writer.prologue();
        writer.overwrite();
        writer.row.remember();
        writer.work(own.between(1, 2));
        writer.label(`${name}.root`);
        const state = writer.state();
        writer.items.push({ cfi: cfi.undefined(returnAddress) });
        writer.work(own.between(0, 2));
        writer.call(next!);
        writer.work(own.between(1, 3));
        writer.label(`${name}.rootless`);
        writer.resume(state, 'restoreState');
        writer.epilogue();
        writer.ret();
      },
      ends: [{ from: 'root', to: 'rootless', endings: ['root'] }],
    };
    return [...some('outer', random.between(1, 2)), root, ...some('inner', random.between(1, 3))];
  },
});

/** The outermost function finds 0 where its return address would be. */
export const returnAddressZero = chainScenario({
  name: 'termination/return-address-zero',
  description: 'the outermost function has rules like any other, and its return address is 0',
  about:
    'The outermost function has ordinary CFI, and where its return address would be is 0, as systems without undefined ' +
    'return addresses mark the ends of stacks. All frames must be right. A walk may report address 0 as the last ' +
    'caller, of which nothing is known, or end before it. Wrong unwinders subtract one from it and look up the last ' +
    'address there is, or take it for a call through a null pointer and go on.',
  source: 'ABI of System V, process initialization; real: libunwind #443',
  needs: ['callee-saved'],
  bits: 0,
  programs: { full: 20, quick: 1 },
  links: (random) => [
    entryThatExits(random.derive('entry')),
    ...Array.from({ length: random.between(1, 4) }, (_, i) => ({ style: ordinaryStyle(random.derive(i)) })),
  ],
  runs: (linked, _random, functions) => [{ ...selectorRuns(linked, entryName, 0, functions)[0]!, returnAddress: 0n }],
});
