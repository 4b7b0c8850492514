import type { ScenarioMode } from '../../generators/scenarios/scenario.ts';
import { packageVersion } from '../package-folder.ts';
import { type HeaderLine, type RecordLine, recordSchema } from '../record/index.ts';
import { shrinkFailures } from '../shrink/shrink-failures.ts';
import type { ModuleFile } from '../unwinders/module/index.ts';
import { gather } from './gather.ts';
import { type PlanFilter, planPrograms } from './plan.ts';
import { runPrograms } from './run-programs.ts';
import type { SuiteSettings } from './suite-child.ts';
import type { SuiteScenario } from './suite-scenario.ts';

/** An unwinder as records describe it. */
export interface UnwinderDescription {
  readonly name: string;
  readonly description: string;
  readonly lacks: readonly string[];
  /** The file it comes from, as the command line names it; undefined for the registered ones. */
  readonly module?: string;
  /** The file exports it as an encoding, which the engine unwinds from. */
  readonly isEncoding?: true;
}

export interface SuiteOptions extends PlanFilter {
  readonly seed: string;
  /** Child processes. */
  readonly jobs: number;
  readonly scenarios: readonly SuiteScenario[];
  readonly unwinders: readonly UnwinderDescription[];
  readonly run?: number;
  readonly stop?: number;
  /** Milliseconds without any answer after which a child counts as hung. */
  readonly backstop: number;
  /** That in seconds, where it is not what it is by default. */
  readonly timeout?: number;
  /** Called after each program. */
  readonly onProgress?: (done: number, of: number, stops: number) => void;
}

/** A sample: all faults there are take minutes, see `plumbline power`. */
const wrongPrograms: Readonly<Record<ScenarioMode, NonNullable<SuiteSettings['wrong']>>> = {
  quick: { programs: 1, forms: 1 },
  full: { programs: 3, forms: 4 },
};

/** Runs programs in child processes and returns the record's lines, in the same order for any number of children. */
export async function runSuite(options: SuiteOptions): Promise<RecordLine[]> {
  const start = performance.now();
  const started = new Date().toISOString();
  const jobs = planPrograms(options.scenarios, options);
  const names = options.unwinders.map(({ name }) => name);
  let done = 0;
  let stops = 0;
  const settings: SuiteSettings = {
    seed: options.seed,
    unwinders: names,
    modules: moduleFiles(options.unwinders),
    wrong: wrongPrograms[options.mode],
    ...(options.run !== undefined && { run: options.run }),
    ...(options.stop !== undefined && { stop: options.stop }),
  };
  const pool = { children: options.jobs, settings, backstop: options.backstop };
  const { programs, about } = await runPrograms(jobs, pool, (judged) => {
    stops += judged;
    options.onProgress?.(++done, jobs.length, stops);
  });
  const gathered = gather(programs, names, (performance.now() - start) / 1000);
  // A replay of one stop is there to show that stop.
  const failures =
    options.stop === undefined ? await shrinkFailures(gathered.failures, options.scenarios, pool) : gathered.failures;
  const header: HeaderLine = {
    kind: 'header',
    schema: recordSchema,
    versions: { plumbline: packageVersion(), emulator: about?.emulator ?? '' },
    seed: options.seed,
    mode: options.mode,
    scenarios: options.scenarios.map(({ name, description, source, needs }) => ({
      name,
      description,
      source,
      needs: [...needs],
    })),
    unwinders: options.unwinders.map(({ name, description, lacks, module, isEncoding }) => ({
      name,
      description,
      lacks: [...lacks],
      ...(module !== undefined && { module }),
      ...(isEncoding && { isEncoding }),
    })),
    ...(options.timeout !== undefined && { timeout: options.timeout }),
    timing: {
      node: process.versions.node,
      platform: `${process.platform}-${process.arch}`,
      jobs: options.jobs,
      started,
    },
  };
  return [header, ...gathered.programs, ...failures, ...gathered.producerFaults, ...gathered.summaries, gathered.final];
}

/** The files that unwinders come from, each once for what it exports. */
export function moduleFiles(unwinders: readonly UnwinderDescription[]): ModuleFile[] {
  const files = new Map<string, ModuleFile>();
  for (const { module, isEncoding } of unwinders) {
    const exports = isEncoding ? 'encodings' : 'unwinders';
    if (module !== undefined) files.set(`${exports} ${module}`, { path: module, exports });
  }
  return [...files.values()];
}
