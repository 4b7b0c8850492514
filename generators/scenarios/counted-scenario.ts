import type { ArchitectureName } from '../../engine/architecture/index.ts';
import { ordinaryStyle } from '../function/ordinary-style.ts';
import type { Feature } from '../program.ts';
import type { Random } from '../random.ts';
import type { Link } from './chain.ts';
import { chainScenario } from './chain-scenario.ts';
import type { Scenario, ScenarioMode } from './scenario.ts';
import { countDown, setSelector } from './selector.ts';
import type { Write } from './shape.ts';

/** A scenario whose entry calls one function for every value of the selector from a highest one down to 0. */
export interface CountedScenario {
  readonly name: string;
  readonly description: string;
  readonly about: string;
  readonly source: string;
  /** Besides `callee-saved`. */
  readonly needs?: readonly Feature[];
  readonly programs: Readonly<Record<ScenarioMode, number>>;
  /** The selector's highest value. */
  highest(random: Random): number;
  /** The function that is called, which calls an ordinary one. */
  called(random: Random, architecture: ArchitectureName, highest: number): Link;
}

export function countedScenario(plan: CountedScenario): Scenario {
  const { called, highest: highestOf, ...rest } = plan;
  return chainScenario({
    ...rest,
    needs: ['callee-saved', ...(plan.needs ?? [])],
    bits: 0,
    links(random, architecture) {
      const highest = highestOf(random);
      return [
        { style: ordinaryStyle(random), write: callingForEach(architecture, highest) },
        called(random, architecture, highest),
        { style: ordinaryStyle(random) },
      ];
    },
  });
}

/** Sets the selector to `highest` and calls the next function, until it was 0. */
export function callingForEach(architecture: ArchitectureName, highest: number): Write {
  return (writer, next, random, name) => {
    writer.prologue();
    writer.overwrite();
    writer.items.push(...setSelector(architecture, highest));
    writer.label(`${name}.loop`);
    writer.work(random.below(2));
    if (next !== undefined) writer.call(next);
    writer.items.push(...countDown(architecture, `${name}.loop`));
    writer.work(random.between(1, 2));
    writer.epilogue();
    writer.ret();
  };
}
