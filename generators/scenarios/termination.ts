import type { ArchitectureName } from '../../engine/architecture/index.ts';
import type { CodeFunction } from '../assembly/index.ts';
import { cfi } from '../cfi/index.ts';
import { createWriter } from '../function/create-writer.ts';
import { plainStyle } from '../function/style.ts';
import { Random } from '../random.ts';
import { addressOf, buildProgram } from './build-program.ts';
import { chain, entryName } from './chain.ts';
import { ordinaryPlacement } from './placement.ts';
import type { Scenario } from './scenario.ts';

/** DWARF number of the return address column. */
const returnAddress: Record<ArchitectureName, number> = { 'x86-64': 16, aarch64: 30 };

/** An outermost function: its return address is undefined from its first instruction on. */
function start(architecture: ArchitectureName, random: Random): CodeFunction {
  const writer = createWriter(architecture, plainStyle, random);
  writer.items.push({ cfi: cfi.undefined(returnAddress[architecture]) });
  writer.work(random.below(4));
  writer.call(entryName);
  writer.work(random.below(3));
  writer.exit();
  return { name: '_start', items: writer.items };
}

/** Where stacks end. */
export const terminationScenarios: readonly Scenario[] = [
  {
    name: 'termination/undefined-return-address',
    description: 'the outermost function says that its return address is undefined; memory behind it holds anything',
    source: 'DWARF 5, section 6.4.4; real: libunwind #443, framehop #28',
    architectures: ['x86-64', 'aarch64'],
    needs: ['callee-saved'],
    count: (mode) => (mode === 'full' ? 40 : 4),
    generate: (architecture, index, seed) => {
      const name = 'termination/undefined-return-address';
      const random = new Random(`${seed}/${architecture}/${name}/${index}`);
      const links = Array.from({ length: random.between(1, 4) }, () => ({
        style: { ...plainStyle, saved: random.between(0, 5), framePointer: random.chance(0.4) },
      }));
      return buildProgram({
        scenario: name,
        needs: ['callee-saved'],
        architecture,
        index,
        seed,
        placement: ordinaryPlacement(random),
        functions: [start(architecture, random.derive('_start')), ...chain(architecture, random, links)],
        runs: (linked) => [{ entry: addressOf(linked, '_start'), start: 'jump', arguments: [0n], signals: [] }],
      });
    },
  },
];
