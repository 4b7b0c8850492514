import type { ArchitectureName } from '../../../engine/architecture/index.ts';
import type { CodeFunction } from '../../assembly/index.ts';
import { cfi } from '../../cfi/index.ts';
import { ordinaryStyle } from '../../function/ordinary-style.ts';
import { Random } from '../../random.ts';
import { buildProgram, selectorRuns } from '../build-program.ts';
import { chain, entryName } from '../chain.ts';
import { ordinaryPlacement } from '../placement.ts';
import { machineOf } from '../rules/machine-of.ts';
import type { Scenario } from '../scenario.ts';

const name = 'container/many-fdes';
const needs = ['callee-saved', 'eh-frame-hdr'] as const;
/** Functions that never run. */
const idle = 5000;

/** A function of one instruction, right behind the one before; whoever takes its row for another one's finds no caller. */
function idleFunction(architecture: ArchitectureName, number: number): CodeFunction {
  return {
    name: `idle${number}`,
    items: [{ cfi: cfi.defCfaOffset(0x8000) }, machineOf(architecture).ret()],
    align: architecture === 'x86-64' ? 1 : 4,
  };
}

/** Five thousand functions, of which only the first, the last and some in between run. */
export const manyFdes: Scenario = {
  name,
  description: '5,000 FDEs; those at both ends of the table are looked up, and some in between',
  about:
    'The program has five thousand functions that never run, one instruction each, so that the table of the header has ' +
    'five thousand entries of neighbours without a gap. What runs is the first function, the last one, the second and ' +
    'the last but one, and some in the middle. A search by halves must come to both ends, and the byte before the first ' +
    'function belongs to nobody. Wrong unwinders never reach the last entry, stop one short at either end, or count ' +
    'entries in too few bits.',
  source: 'LSB, .eh_frame_hdr, binary search table',
  architectures: ['x86-64', 'aarch64'],
  needs,
  count: (mode) => (mode === 'full' ? 2 : 0),
  generate(architecture, index, seed) {
    const random = new Random(`${seed}/${architecture}/${name}/${index}`);
    const links = Array.from({ length: 7 }, (_, i) => ({ style: ordinaryStyle(random.derive(i)) }));
    const running = random.shuffle(chain(architecture, random, links));
    const fillers = Array.from({ length: idle }, (_, i) => idleFunction(architecture, i));
    // How many idle functions lie before each of the running ones.
    const places = [0, 1, ...Array.from({ length: 3 }, () => random.between(2, idle - 2)).sort((a, b) => a - b)];
    places.push(idle - 1, idle);
    const functions = running.flatMap((one, i) => [
      ...fillers.slice(places[i - 1] ?? 0, places[i]),
      { ...one, align: architecture === 'x86-64' ? 1 : 4 },
    ]);
    return buildProgram({
      scenario: name,
      needs,
      architecture,
      index,
      seed,
      placement: ordinaryPlacement(random),
      functions,
      padding: fillers.map((filler) => filler.name),
      link: { entry: entryName },
      runs: (linked) => selectorRuns(linked, entryName, 0, links.length),
    });
  },
};
