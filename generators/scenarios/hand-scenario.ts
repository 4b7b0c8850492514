import type { ArchitectureName } from '../../engine/architecture/index.ts';
import { ordinaryStyle } from '../function/ordinary-style.ts';
import type { Random } from '../random.ts';
import { type ChainScenario, chainScenario } from './chain-scenario.ts';
import { type HandWrite, handLink } from './rules/rule-scenario.ts';
import type { Scenario, ScenarioMode } from './scenario.ts';

/** A scenario whose programs mix functions written by hand, all of one kind, and ordinary ones. */
export interface HandScenario extends Pick<ChainScenario, 'architectures' | 'place' | 'link'> {
  /** With its group. */
  readonly name: string;
  readonly description: string;
  readonly about: string;
  readonly source: string;
  /** Selector bits the functions branch on. Default: none. */
  readonly bits?: number;
  /** Default: 20 and 2. */
  readonly programs?: Readonly<Record<ScenarioMode, number>>;
  write(random: Random, architecture: ArchitectureName): HandWrite;
}

export function handScenario(plan: HandScenario): Scenario {
  const { bits = 0, programs = { full: 20, quick: 1 }, write, ...rest } = plan;
  return chainScenario({
    ...rest,
    needs: ['callee-saved'],
    bits,
    programs,
    links: (random, architecture) =>
      Array.from({ length: random.between(3, 5) }, (_, i) => {
        const own = random.derive(i);
        // The second one is always written by hand; the entry never is.
        const byHand = i === 1 || (i > 1 && own.chance(0.6));
        return byHand ? handLink(architecture, write(own, architecture)) : { style: ordinaryStyle(own) };
      }),
  });
}
