import { fileURLToPath } from 'node:url';
import { Command, InvalidArgumentError } from 'commander';
import type { ArchitectureName } from '../../engine/index.ts';
import { RecipeError } from '../../generators/scenarios/random/index.ts';
import { caseText } from '../../reports/case-text.ts';
import { terminalWidth } from '../../reports/terminal/index.ts';
import type { ExplainJob, ExplainResult, ExplainSettings } from '../explain/explain-child.ts';
import { readAsking } from '../runner/asking.ts';
import { describeDeath } from '../runner/deaths.ts';
import { runInChildren } from '../runner/pool.ts';
import { moduleFiles } from '../runner/run-suite.ts';
import type { SuiteScenario } from '../runner/suite-scenario.ts';
import { scenarioNamed, suiteScenarios } from '../runner/suite-scenarios.ts';
import { chooseUnwinders } from './choose-unwinders.ts';
import type { CommandContext } from './context.ts';
import { UsageError } from './usage-error.ts';
import { architectureName, defaultTimeout, secondCount, seedText, wholeNumber } from './values.ts';

interface ExplainFlags {
  readonly architecture?: ArchitectureName;
  readonly unwinder: string;
  readonly encoding?: string;
  readonly seed: string;
  readonly run?: number;
  readonly stop?: number;
  readonly pc?: string;
  readonly json?: true;
  readonly timeout: number;
}

/** `plumbline explain`; calls `exit` with 0 where the unwinder passes at the stop, otherwise with 1. */
export function explainCommand(exit: (status: number) => void, context: CommandContext): Command {
  return new Command('explain')
    .description('show one stop of one program: code, rows, stack, frames, and what the scenario is about')
    .argument('<case>', 'SCENARIO#PROGRAM, as failures print it')
    .option('--architecture <name>', 'x86-64 or aarch64 (default: the first the scenario has)', architectureName)
    .option('--unwinder <name|file>', 'whose answer is shown', 'dwarf')
    .option('--encoding <file>', 'instead: the encoding of a module, unwound from by the engine')
    .option('--seed <number>', 'decides everything that is random', seedText, '1')
    .option('--run <index>', 'this run of the program', wholeNumber)
    .option('--stop <index>', 'this stop of the run', wholeNumber)
    .option('--pc <address>', 'the first stop at this address', address)
    .option('--json', 'print one JSON object')
    .option('--timeout <seconds>', 'an unwinder that is silent for so long hangs', secondCount, defaultTimeout)
    .action(async (name: string, flags: ExplainFlags) => {
      exit((await explain(name, flags, context)) ? 0 : 1);
    });
}

async function explain(name: string, flags: ExplainFlags, context: CommandContext): Promise<boolean> {
  const [, scenarioName = name, program = '0'] = /^(.*)#(\d+)$/.exec(name) ?? [];
  const scenario = known(scenarioName);
  const architecture = flags.architecture ?? scenario.architectures[0]!;
  const index = Number(program);
  if (!scenario.architectures.includes(architecture) || index >= scenario.count('full', architecture)) {
    throw new UsageError(`${scenarioName} has no program ${program} for ${architecture}`);
  }
  if (flags.stop !== undefined && flags.pc !== undefined) throw new UsageError('--stop and --pc exclude each other');
  const [unwinder, ...others] = await (flags.encoding === undefined
    ? chooseUnwinders([flags.unwinder])
    : chooseUnwinders([], [flags.encoding]));
  if (unwinder === undefined || others.length > 0) throw new UsageError('explain takes one unwinder');
  context.provideUnicorn();
  const { run, stop, pc } = flags;
  const job: ExplainJob = {
    architecture,
    scenario: scenarioName,
    index,
    // Without a run, a stop's number is that of the first.
    ...(run !== undefined ? { run } : stop !== undefined && { run: 0 }),
    ...(stop !== undefined && { stop }),
    ...(pc !== undefined && { pc }),
  };
  const settings = { seed: flags.seed, unwinders: [unwinder.name], modules: moduleFiles([unwinder]) };
  const result = await inChild(job, settings, 1000 * flags.timeout);
  if ('nothing' in result) throw new UsageError(`${name} on ${architecture} executes no such stop`);
  if ('problem' in result) {
    console.error(`plumbline: ${name} on ${architecture} cannot be explained: ${result.problem}`);
    return false;
  }
  const { explanation } = result;
  const about = { case: `${scenarioName}#${index}`, architecture, unwinder: unwinder.name };
  console.log(
    flags.json
      ? JSON.stringify({ ...about, about: scenario.about, ...explanation }, null, 2)
      : caseText({ ...about, lacks: unwinder.lacks, scenario }, explanation, terminalWidth()).join('\n'),
  );
  return explanation.verdict === 'pass';
}

async function inChild(job: ExplainJob, settings: ExplainSettings, backstop: number): Promise<ExplainResult> {
  const module = fileURLToPath(new URL('../explain/explain-child.js', import.meta.url));
  let result: ExplainResult = { problem: 'nothing was answered' };
  /** The same stop without the unwinder, which died there. */
  let again: ExplainJob | undefined;
  await runInChildren<ExplainSettings, ExplainJob, null, ExplainResult>(
    { module, children: 1, settings, backstop },
    [job],
    (_, outcome) => {
      if ('result' in outcome) {
        result = outcome.result;
        return;
      }
      const at = readAsking(outcome.doing);
      const death = `${outcome.died}: ${describeDeath({ how: outcome.died, said: outcome.said })}`;
      result = { problem: at?.unwinder === undefined ? outcome.died : `${at.unwinder}: ${death}` };
      if (job.unanswered !== undefined || at?.unwinder === undefined || BigInt(at.pc) === 0n) return;
      const { architecture, scenario, index } = job;
      again = { architecture, scenario, index, run: at.run, stop: at.stop, unanswered: death };
    },
  );
  return again === undefined ? result : inChild(again, settings, backstop);
}

function known(name: string): SuiteScenario {
  try {
    const scenario = scenarioNamed(suiteScenarios(), name);
    if (scenario !== undefined) return scenario;
  } catch (error) {
    throw error instanceof RecipeError ? new UsageError(`${name}: ${error.message}`) : error;
  }
  throw new UsageError(`there is no scenario ${name}; see plumbline list`);
}

function address(text: string): string {
  if (!/^0x[0-9a-f]{1,16}$/i.test(text)) throw new InvalidArgumentError('expected an address such as 0x401000.');
  return text;
}
