import type { ArchitectureName } from '../../../engine/architecture/index.ts';
import type { CieOptions } from '../../cfi/index.ts';
import { ordinaryStyle } from '../../function/ordinary-style.ts';
import { plainStyle } from '../../function/style.ts';
import type { FunctionWriter } from '../../function/writer.ts';
import type { Feature } from '../../program.ts';
import type { Random } from '../../random.ts';
import type { Link } from '../chain.ts';
import { type ChainScenario, chainScenario } from '../chain-scenario.ts';
import type { Scenario } from '../scenario.ts';
import { HandWriter } from './hand-writer.ts';

/** A scenario whose programs mix functions of one kind and ordinary ones. */
export interface HandScenario extends Pick<ChainScenario, 'architectures' | 'place' | 'link'> {
  readonly name: string;
  readonly description: string;
  readonly about?: string;
  readonly source: string;
  /** Besides `callee-saved`. */
  readonly needs?: readonly Feature[];
  /** Selector bits the functions branch on. Default: none. */
  readonly bits?: number;
  /** Default: 24, of which 2 are quick. */
  readonly programs?: ChainScenario['programs'];
  /** One or more functions in a row of that kind. */
  group(random: Random, architecture: ArchitectureName, program: HandProgram): readonly Link[];
}

/** The program a group belongs to. */
export interface HandProgram {
  /** As given to `place`. */
  readonly random: Random;
  /** It is the program's first group. */
  readonly first: boolean;
}

/** A scenario of the group `rules`; `name` is what stands behind `rules/`. */
export function ruleScenario(plan: HandScenario): Scenario {
  return handScenario({ programs: { full: 30, quick: 2 }, ...plan, name: `rules/${plan.name}` });
}

export function handScenario(plan: HandScenario): Scenario {
  const { needs = [], bits = 0, programs = { full: 24, quick: 1 }, group, ...rest } = plan;
  return chainScenario({
    ...rest,
    needs: ['callee-saved', ...needs],
    bits,
    programs,
    links(random, architecture) {
      const length = random.between(3, 6);
      const links: Link[] = [{ style: ordinaryStyle(random) }];
      while (links.length < length) {
        const own = random.derive(links.length);
        const first = links.length === 1;
        if (first || own.chance(0.6)) links.push(...group(own, architecture, { random, first }));
        else links.push({ style: ordinaryStyle(own) });
      }
      return links;
    },
  });
}

/** Writes one hand-written function; `writer` has branches and labels. */
export type HandWrite = (hand: HandWriter, next: string | undefined, name: string, writer: FunctionWriter) => void;

/** A hand-written function as a link of a chain. */
export function handLink(architecture: ArchitectureName, write: HandWrite, cie?: CieOptions): Link {
  return {
    style: plainStyle,
    ...(cie === undefined ? {} : { cie }),
    write: (writer, next, random, name) =>
      write(new HandWriter(architecture, writer.items, random), next, name, writer),
  };
}
