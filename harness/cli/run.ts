import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import type { ArchitectureName } from '../../engine/index.ts';
import { RecipeError, shrunkPrefix, shrunkScenario } from '../../generators/scenarios/random/index.ts';
import type { ScenarioMode } from '../../generators/scenarios/scenario.ts';
import { jsonSummary } from '../../reports/json/index.ts';
import { startProgress, styleFor, terminalReport, terminalWidth } from '../../reports/terminal/index.ts';
import { formatRecord, type RecordLine } from '../record/index.ts';
import { planPrograms } from '../runner/plan.ts';
import { runSuite } from '../runner/run-suite.ts';
import type { SuiteScenario } from '../runner/suite-scenario.ts';
import { suiteScenarios } from '../runner/suite-scenarios.ts';
import { chooseUnwinders, collect } from './choose-unwinders.ts';
import type { CommandContext } from './context.ts';
import { matches } from './glob.ts';
import { checkOutput, writeOutput } from './output-file.ts';
import { UsageError } from './usage-error.ts';
import { architectureName, defaultTimeout, jobCount, secondCount, seedText, wholeNumber } from './values.ts';

interface RunFlags {
  readonly seed: string;
  readonly jobs?: number;
  readonly out?: string;
  readonly json?: true;
  readonly junit?: string;
  readonly scenario?: readonly string[];
  readonly architecture?: ArchitectureName;
  readonly unwinder?: readonly string[];
  readonly encoding?: readonly string[];
  readonly program?: number;
  readonly run?: number;
  readonly stop?: number;
  readonly quick?: true;
  readonly verbose?: true;
  readonly timeout: number;
}

/** `plumbline run`; calls `exit` with 0 where everything passed, otherwise with 1. */
export function runCommand(exit: (status: number) => void, context: CommandContext): Command {
  return new Command('run')
    .description('generate programs, execute them and judge unwinders at every instruction')
    .option('--seed <number>', 'decides everything that is random', seedText, '1')
    .option('--jobs <number>', 'processes that work side by side (default: one a core)', jobCount)
    .option('--out <folder>', 'write the record to FOLDER/record.jsonl; makes missing folders')
    .option('--json', 'print one JSON object instead of the table')
    .option('--junit <file>', 'write a JUnit XML report; makes missing folders')
    .option('--scenario <glob>', 'only scenarios whose names match; repeatable', collect)
    .option('--architecture <name>', 'only x86-64 or aarch64', architectureName)
    .option('--unwinder <glob|file>', 'unwinders whose names match, or those of a module; repeatable', collect)
    .option('--encoding <file>', 'the encodings of a module, unwound from by the engine; repeatable', collect)
    .option('--program <index>', 'only this program of each scenario', wholeNumber)
    .option('--run <index>', 'only this run of each program', wholeNumber)
    .option('--stop <index>', 'judge only this stop of each run', wholeNumber)
    .option('--quick', 'a sample of the programs')
    .option('--verbose', 'a line of the table for every unwinder, also where all agree')
    .option('--timeout <seconds>', 'a process that is silent for so long hangs', secondCount, defaultTimeout)
    .action(async (flags: RunFlags) => {
      exit((await run(flags, context)) ? 0 : 1);
    });
}

/** Runs and reports; true where everything passed. */
async function run(flags: RunFlags, context: CommandContext): Promise<boolean> {
  const options = await suiteOptions(flags);
  const record = await withOutputs(flags, async () => {
    context.provideUnicorn();
    const progress = startProgress();
    try {
      return requireStops(await runSuite({ ...options, onProgress: progress.update }));
    } finally {
      progress.end();
    }
  });
  const reportOptions = { verbose: flags.verbose === true, width: terminalWidth() };
  if (flags.json) console.log(JSON.stringify(jsonSummary(record), null, 2));
  else process.stdout.write(terminalReport(record, styleFor(process.stdout.isTTY), reportOptions));
  return record.some((line) => line.kind === 'final' && line.passed);
}

/** A run in which nothing was judged has passed nothing: the numbers of runs and stops are beyond those there are. */
function requireStops(record: RecordLine[]): RecordLine[] {
  const judged = record.some(
    (line) => line.kind === 'summary' && (line.producerFaults > 0 || Object.values(line.verdicts).some((n) => n > 0)),
  );
  if (!judged) throw new UsageError('nothing was judged: no program has such a run or stop, or no unwinder applies');
  return record;
}

/** Opens the outputs before anything runs, so that a path that cannot be written costs no run; fills them afterwards. */
async function withOutputs(flags: RunFlags, produce: () => Promise<RecordLine[]>): Promise<RecordLine[]> {
  const recordFile = flags.out === undefined ? undefined : join(flags.out, 'record.jsonl');
  for (const file of [recordFile, flags.junit]) {
    if (file !== undefined) checkOutput(file);
  }
  const record = await produce();
  if (recordFile !== undefined) writeOutput(recordFile, formatRecord(record));
  if (flags.junit !== undefined) {
    // Its XML writer takes longer to load than the rest of this command.
    const { junitXml } = await import('../../reports/junit/index.ts');
    writeOutput(flags.junit, junitXml(record));
  }
  return record;
}

/** What to run; throws `UsageError` where nothing is left. */
async function suiteOptions(flags: RunFlags) {
  const { seed, architecture, program } = flags;
  const mode: ScenarioMode = flags.quick ? 'quick' : 'full';
  const filter = {
    mode,
    ...(architecture !== undefined && { architecture }),
    ...(program !== undefined && { program }),
  };
  const patterns = flags.scenario ?? ['*'];
  const chosen = [
    ...suiteScenarios().filter(({ name }) => patterns.some((pattern) => matches(pattern, name))),
    ...patterns.filter((pattern) => pattern.startsWith(shrunkPrefix)).map(shrunkNamed),
  ];
  if (chosen.length === 0) throw new UsageError(`no scenario matches ${patterns.join(' or ')}; see plumbline list`);
  if (planPrograms(chosen, filter).length === 0) throw new UsageError('no program is left to run');
  return {
    ...filter,
    seed,
    jobs: flags.jobs ?? availableParallelism(),
    scenarios: chosen,
    unwinders: await chooseUnwinders(flags.unwinder, flags.encoding),
    backstop: 1000 * flags.timeout,
    ...(flags.timeout !== defaultTimeout && { timeout: flags.timeout }),
    ...(flags.run !== undefined && { run: flags.run }),
    ...(flags.stop !== undefined && { stop: flags.stop }),
  };
}

function shrunkNamed(name: string): SuiteScenario {
  try {
    return shrunkScenario(name);
  } catch (error) {
    throw error instanceof RecipeError ? new UsageError(`${name}: ${error.message}`) : error;
  }
}
