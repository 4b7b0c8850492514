import { fileURLToPath } from 'node:url';
import { isRecipeScenario } from '../../generators/scenarios/random/index.ts';
import type { FailureLine } from '../record/index.ts';
import { type PoolOptions, runInChildren } from '../runner/pool.ts';
import type { SuiteSettings } from '../runner/suite-child.ts';
import type { SuiteScenario } from '../runner/suite-scenario.ts';
import type { ShrinkJob, ShrinkResult } from './shrink-child.ts';
import { canShrink } from './shrink-recipe.ts';

/** Programs run for one failure. */
const attempts = 600;
/** Failures made smaller in a run: a report shows only a few. */
const most = 4;

/**
 * Failures, of which those of random programs that come first, one of each unwinder, show a smaller program with the same
 * divergence. Failures that differ in nothing but the unwinder are shrunk once. What cannot be shrunk stays as it is.
 */
export async function shrinkFailures(
  failures: readonly FailureLine[],
  scenarios: readonly SuiteScenario[],
  options: Omit<PoolOptions<SuiteSettings>, 'module'>,
): Promise<FailureLine[]> {
  const random = new Set(scenarios.filter(isRecipeScenario).map(({ name }) => name));
  const chosen = firstOfEach(failures.filter((one) => random.has(one.scenario) && canShrink(one)));
  const jobs = chosen.map(
    ({ architecture, scenario, unwinder, verdict, divergence, example }): ShrinkJob => ({
      architecture,
      scenario,
      index: example.program,
      unwinder,
      verdict,
      divergence,
      attempts,
    }),
  );
  const smaller = new Map<FailureLine, FailureLine>();
  const module = fileURLToPath(new URL('shrink-child.js', import.meta.url));
  await runInChildren<SuiteSettings, ShrinkJob, null, ShrinkResult>({ ...options, module }, jobs, (number, outcome) => {
    if ('died' in outcome || 'nothing' in outcome.result) return;
    const { scenario, instructions, attempts: tried, failure, code } = outcome.result.shrunk;
    const line = chosen[number]!;
    smaller.set(line, {
      ...line,
      shrunk: {
        scenario,
        instructions,
        attempts: tried,
        row: failure.row,
        example: { program: 0, ...failure.example },
        code: code.map((one) => ({ ...one })),
      },
    });
  });
  return failures.map((line) => smaller.get(line) ?? line);
}

function firstOfEach(failures: readonly FailureLine[]): FailureLine[] {
  const unwinders = new Set<string>();
  const different = new Map<string, FailureLine>();
  for (const failure of failures) {
    const { architecture, scenario, row, divergence, unwinder, example } = failure;
    if (unwinders.has(unwinder)) continue;
    unwinders.add(unwinder);
    const key = [architecture, scenario, row, divergence, example.message].join('\0');
    if (!different.has(key)) different.set(key, failure);
  }
  return [...different.values()].slice(0, most);
}
