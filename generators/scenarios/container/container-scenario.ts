import type { ArchitectureName } from '../../../engine/architecture/index.ts';
import type { CieOptions } from '../../cfi/index.ts';
import { ordinaryStyle } from '../../function/ordinary-style.ts';
import type { LinkOptions } from '../../link/index.ts';
import type { Feature } from '../../program.ts';
import type { Random } from '../../random.ts';
import type { Link, LinkEnd } from '../chain.ts';
import { chainScenario } from '../chain-scenario.ts';
import { ordinaryPlacement, type Placement } from '../placement.ts';
import type { Scenario, ScenarioMode } from '../scenario.ts';

/** A way to store call frame information; the functions are ordinary ones. */
export interface Container {
  /** Behind `container/`. */
  readonly name: string;
  readonly description: string;
  readonly about?: string;
  readonly source: string;
  readonly needs: readonly Feature[];
  readonly programs?: Readonly<Record<ScenarioMode, number>>;
  link?(random: Random, index: number): Partial<LinkOptions>;
  /** Default: what compilers write. */
  cie?(random: Random, index: number): CieOptions;
  /** Changes a link, given its place in the chain. Default: not at all. */
  change?(link: Link, random: Random, architecture: ArchitectureName, place: number): Link;
  /** Where walks may end in every function. */
  readonly ends?: readonly LinkEnd[];
  /** Addresses in sections are those at run time. Default: false. */
  readonly fixed?: true;
}

/** As an ordinary process of a program that is not position-independent. */
function fixedPlacement(random: Random): Placement {
  const { stacks } = ordinaryPlacement(random);
  return { type: 'executable', textAddress: 0x401000n + BigInt(random.below(0x10000)) * 0x1000n, loadBias: 0n, stacks };
}

export function containerScenario(container: Container): Scenario {
  const { name, description, about, source, needs, link, cie, change, ends } = container;
  return chainScenario({
    name: `container/${name}`,
    description,
    ...(about === undefined ? {} : { about }),
    source,
    needs,
    bits: 0,
    programs: container.programs ?? { full: 20, quick: 1 },
    ...(container.fixed ? { place: fixedPlacement } : {}),
    ...(link === undefined ? {} : { link: (random: Random, index: number) => link(random, index) }),
    links: (random, architecture, index) =>
      Array.from({ length: random.between(2, 6) }, (_, place) => {
        const own = random.derive(place);
        const plain: Link = {
          style: ordinaryStyle(own),
          ...(cie === undefined ? {} : { cie: cie(own, index + place) }),
          ...(ends === undefined ? {} : { ends }),
        };
        return change === undefined ? plain : change(plain, own.derive('change'), architecture, place);
      }),
  });
}
