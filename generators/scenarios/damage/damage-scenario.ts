import type { ArchitectureName } from '../../../engine/architecture/index.ts';
import { ordinaryStyle } from '../../function/ordinary-style.ts';
import type { Feature } from '../../program.ts';
import type { Random } from '../../random.ts';
import type { Link, LinkEnd } from '../chain.ts';
import { type ChainScenario, chainScenario } from '../chain-scenario.ts';
import type { Scenario } from '../scenario.ts';

/** A scenario whose programs are chains of ordinary functions with one or more damaged ones among them. */
export interface DamageScenario extends Pick<ChainScenario, 'architectures' | 'place' | 'link' | 'runs'> {
  /** Behind `damage/`. */
  readonly name: string;
  readonly description: string;
  readonly about: string;
  readonly source: string;
  /** Besides `callee-saved`. */
  readonly needs?: readonly Feature[];
  /** Default: 20 and 2. */
  readonly programs?: ChainScenario['programs'];
  /** One or more functions in a row, the damaged one among them. */
  victims(random: Random, architecture: ArchitectureName): readonly Link[];
  /** Where walks end in each of the functions, the ordinary ones included. */
  readonly ends?: readonly LinkEnd[];
}

/** Ordinary functions call the damaged ones, which call ordinary ones. */
export function damageScenario(plan: DamageScenario): Scenario {
  const { name, needs = [], victims, ends, ...rest } = plan;
  return chainScenario({
    ...rest,
    name: `damage/${name}`,
    needs: ['callee-saved', ...needs],
    bits: 0,
    programs: plan.programs ?? { full: 20, quick: 1 },
    links(random, architecture) {
      const some = (what: string, count: number): Link[] =>
        Array.from({ length: count }, (_, i) => ({ style: ordinaryStyle(random.derive(`${what}${i}`)) }));
      const links = [
        ...some('outer', random.between(1, 3)),
        ...victims(random.derive('victims'), architecture),
        ...some('inner', random.between(1, 3)),
      ];
      return ends === undefined ? links : links.map((link) => ({ ...link, ends }));
    },
  });
}
