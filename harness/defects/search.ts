import { join } from 'node:path';
import type { ProgramJob } from '../runner/plan.ts';
import { planPrograms } from '../runner/plan.ts';
import { runInChildren } from '../runner/pool.ts';
import type { SuiteScenario } from '../runner/suite-scenario.ts';
import type { FirstDivergence, SearchResult, SearchSettings } from './search-child.ts';

export interface Caught {
  readonly program: ProgramJob;
  readonly divergence: FirstDivergence;
}

export interface SearchOutcome {
  readonly stops: number;
  /** In the order of the programs. */
  readonly caught: readonly Caught[];
}

/** Milliseconds without an answer after which a child counts as hung. */
const backstop = 60_000;

/**
 * Every program of the suite: those of the expected scenarios first, and of these and of the others the quick mode's
 * before the rest, so that a search ends early where it can.
 */
export function searchOrder(scenarios: readonly SuiteScenario[], expected: readonly string[]): ProgramJob[] {
  const likely = scenarios.filter(({ name }) => expected.includes(name));
  const others = scenarios.filter(({ name }) => !expected.includes(name));
  const remaining = (some: readonly SuiteScenario[]) =>
    planPrograms(some, { mode: 'full' }).filter(
      ({ scenario, architecture, index }) =>
        index >= some.find(({ name }) => name === scenario)!.count('quick', architecture),
    );
  const quick = (some: readonly SuiteScenario[]) => planPrograms(some, { mode: 'quick' });
  return [...quick(likely), ...remaining(likely), ...quick(others), ...remaining(others)];
}

/** Runs programs with the engine of a built project in `folder`. Rejects where its processes do not start. */
export async function search(
  folder: string,
  programs: readonly ProgramJob[],
  settings: SearchSettings,
  children: number,
): Promise<SearchOutcome> {
  const found: { number: number; caught: Caught }[] = [];
  let stops = 0;
  const module = join(folder, 'dist', 'harness', 'defects', 'search-child.js');
  await runInChildren<SearchSettings, ProgramJob, undefined, SearchResult>(
    { module, children, settings, backstop },
    programs,
    (number, outcome) => {
      const program = programs[number]!;
      if ('died' in outcome) {
        found.push({ number, caught: { program, divergence: { unwinder: 'all', message: outcome.died } } });
      } else if (!('leftOut' in outcome.result)) {
        const { divergence } = outcome.result;
        stops += outcome.result.stops;
        if (divergence !== undefined) found.push({ number, caught: { program, divergence } });
      }
    },
  );
  found.sort((a, b) => a.number - b.number);
  return { stops, caught: found.map(({ caught }) => caught) };
}
