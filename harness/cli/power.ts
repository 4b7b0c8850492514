import { existsSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import { powerText } from '../../reports/power/index.ts';
import { startSteps, styleFor } from '../../reports/terminal/index.ts';
import { chooseDefects, readDefects } from '../defects/defect.ts';
import { packageFolder } from '../package-folder.ts';
import { isCfiPowerEnough, measureCfiMutants } from '../power/cfi/measure-cfi-mutants.ts';
import { readLeftOut } from '../power/defects/left-out.ts';
import { engineScore, isEngineScoreEnough } from '../power/engine-score.ts';

import { type CfiPower, type DefectPower, type PowerReport, powerSchema } from '../record/power.ts';
import { suiteScenarios } from '../runner/suite-scenarios.ts';
import { collect } from './choose-unwinders.ts';
import type { CommandContext } from './context.ts';
import { matches } from './glob.ts';
import { checkOutput, writeOutput } from './output-file.ts';
import { UsageError } from './usage-error.ts';
import { jobCount, seedText, wholeNumber } from './values.ts';

interface PowerFlags {
  readonly seed: string;
  readonly defects?: true;
  readonly defect?: readonly number[];
  readonly cfi?: true;
  readonly engine?: true;
  readonly jobs?: number;
  readonly scenario?: readonly string[];
  readonly json?: true;
  readonly out?: string;
}

/** `plumbline power`; calls `exit` with 1 where something that is wrong on purpose goes unnoticed. */
export function powerCommand(exit: (status: number) => void, context: CommandContext): Command {
  return new Command('power')
    .description(
      'measure what the suite notices: known bugs planted in copies of its own sources, faults in what programs say',
    )
    .option('--seed <number>', 'decides the programs', seedText, '1')
    .option('--defects', 'only the known bugs, and which group of scenarios shows which')
    .option('--defect <number>', 'only this known bug; repeatable', collectNumber)
    .option('--cfi', 'only programs with a fault in their call frame information, every one there can be')
    .option('--engine', 'only the recorded mutation score of the engine')
    .option('--jobs <number>', 'processes that work side by side (default: one a core)', jobCount)
    .option('--scenario <glob>', 'faults in programs of these scenarios only; repeatable', collect)
    .option('--json', 'print one JSON object')
    .option('--out <file>', 'also write that object to FILE; makes missing folders')
    .action(async (flags: PowerFlags) => {
      exit((await power(flags, context)) ? 0 : 1);
    });
}

async function power(flags: PowerFlags, context: CommandContext): Promise<boolean> {
  const root = packageFolder();
  const asksForDefects = flags.defects === true || flags.defect !== undefined;
  const isAll = !asksForDefects && !flags.cfi && !flags.engine;
  const wantsDefects = isAll || asksForDefects;
  const wantsEngine = isAll || flags.engine === true;
  if ((wantsDefects || wantsEngine) && !existsSync(join(root, 'test', 'defects'))) {
    throw new UsageError('power changes the sources, which only a clone of the repository has');
  }
  if (flags.out !== undefined) checkOutput(flags.out);
  // First, since it takes no time: what cannot be used is found before hours of work.
  if (flags.scenario !== undefined) checkScenarios(flags.scenario);
  if (wantsDefects) checkDefects(root, flags.defect);
  const engine = wantsEngine ? engineScore(root) : undefined;
  context.provideUnicorn();
  const cfi = isAll || flags.cfi ? await cfiPower(flags) : undefined;
  const defects = wantsDefects ? await defectPower(root, flags) : undefined;
  const report: PowerReport = {
    schema: powerSchema,
    seed: flags.seed,
    passed:
      (cfi === undefined || isCfiPowerEnough(cfi)) &&
      (defects === undefined || defects.isComplete) &&
      (engine === undefined || isEngineScoreEnough(engine)),
    ...(defects !== undefined && { defects: defects.power }),
    ...(cfi !== undefined && { cfi }),
    ...(engine !== undefined && { engine: [...engine] }),
  };
  const json = `${JSON.stringify(report, null, 2)}\n`;
  if (flags.out !== undefined) writeOutput(flags.out, json);
  process.stdout.write(flags.json ? json : powerText(report, styleFor(process.stdout.isTTY)));
  return report.passed;
}

function collectNumber(text: string, before: readonly number[] = []): readonly number[] {
  return [...before, wholeNumber(text)];
}

/** Reads the patches and the list of the bugs without one. Throws a `PatchError` or a `LeftOutError`. */
function checkDefects(root: string, only: readonly number[] | undefined): void {
  const folder = join(root, 'test', 'defects');
  chooseDefects(readDefects(folder), only);
  readLeftOut(folder);
}

async function defectPower(
  root: string,
  { seed, defect }: PowerFlags,
): Promise<{ power: DefectPower; isComplete: boolean }> {
  // Loaded only here: it compiles, and an installed package has no compiler.
  const { isDefectPowerComplete, measureDefects } = await import('../power/defects/measure-defects.ts');
  const steps = startSteps();
  const onProgress = (done: number, of: number) => steps.update('known bugs', done, of);
  const power = await measureDefects(root, seed, onProgress, defect).finally(steps.end);
  return { power, isComplete: isDefectPowerComplete(power) };
}

function checkScenarios(patterns: readonly string[]): void {
  if (suiteScenarios().some(({ name }) => patterns.some((pattern) => matches(pattern, name)))) return;
  throw new UsageError(`no scenario matches ${patterns.join(' or ')}; see plumbline list`);
}

async function cfiPower({ seed, jobs = availableParallelism(), scenario }: PowerFlags): Promise<CfiPower> {
  const steps = startSteps();
  const onProgress = (done: number, of: number) => steps.update('faults in call frame information', done, of);
  const options = { seed, jobs, onProgress, ...(scenario !== undefined && { scenarios: scenario }) };
  return measureCfiMutants(options).finally(steps.end);
}
