import type { ArchitectureName } from '../../engine/architecture/index.ts';
import type { CodeFunction } from '../assembly/index.ts';
import type { LinkedProgram } from '../link/index.ts';
import type { Feature, Run } from '../program.ts';
import { Random } from '../random.ts';
import { buildProgram, type ProgramPlan, selectorRuns } from './build-program.ts';
import { chain, chainEnds, entryName, type Link } from './chain.ts';
import { ordinaryPlacement, type Placement } from './placement.ts';
import type { Scenario, ScenarioMode } from './scenario.ts';

/** A scenario whose programs are chains of functions. */
export interface ChainScenario {
  readonly name: string;
  readonly description: string;
  readonly about?: string;
  readonly source: string;
  readonly needs: readonly Feature[];
  /** Default: both. */
  readonly architectures?: readonly ArchitectureName[];
  /** Number of selector bits each function branches on. */
  readonly bits: number;
  readonly programs: Readonly<Record<ScenarioMode, number>>;
  /** `index` is the program's, for scenarios that go through something in order. */
  links(random: Random, architecture: ArchitectureName, index: number): readonly Link[];
  /** Says the same of the functions in other words. */
  respell?(functions: readonly CodeFunction[]): readonly CodeFunction[];
  /** Default: as an ordinary process. */
  place?(random: Random): Placement;
  link?(random: Random, index: number): NonNullable<ProgramPlan['link']>;
  /** Default: those that take every branch. */
  runs?(linked: LinkedProgram, random: Random, functions: number): readonly Run[];
}

export function chainScenario(plan: ChainScenario): Scenario {
  const { name, needs } = plan;
  return {
    name,
    description: plan.description,
    ...(plan.about === undefined ? {} : { about: plan.about }),
    source: plan.source,
    architectures: plan.architectures ?? ['x86-64', 'aarch64'],
    needs,
    count: (mode) => plan.programs[mode],
    generate: (architecture, index, seed) => {
      const random = new Random(`${seed}/${architecture}/${name}/${index}`);
      const links = plan.links(random, architecture, index);
      const placement = (plan.place ?? ordinaryPlacement)(random);
      const functions = chain(architecture, random, links, plan.bits);
      return buildProgram({
        scenario: name,
        needs,
        architecture,
        index,
        seed,
        placement,
        functions: plan.respell?.(functions) ?? functions,
        link: { entry: entryName, ...plan.link?.(random.derive('link'), index) },
        runs: (linked) =>
          plan.runs?.(linked, random.derive('runs'), links.length) ??
          selectorRuns(linked, entryName, plan.bits, links.length),
        walkEnds: (linked) => chainEnds(linked, links),
      });
    },
  };
}
