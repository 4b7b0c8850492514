import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Command } from 'commander';
import { powerText } from '../../reports/power/index.ts';
import { startSteps, styleFor } from '../../reports/terminal/index.ts';
import { packageFolder } from '../package-folder.ts';
import { type PowerReport, powerSchema } from '../record/power.ts';
import type { CommandContext } from './context.ts';
import { createOutput } from './output-file.ts';
import { UsageError } from './usage-error.ts';
import { seedText } from './values.ts';

interface PowerFlags {
  readonly seed: string;
  readonly defects?: true;
  readonly json?: true;
  readonly out?: string;
}

/** `plumbline power`; calls `exit` with 1 where something that is wrong on purpose goes unnoticed. */
export function powerCommand(context: CommandContext, exit: (status: number) => void): Command {
  return new Command('power')
    .description('measure what the suite notices: known bugs planted in copies of its own sources')
    .option('--seed <number>', 'decides the programs', seedText, '1')
    .option('--defects', 'only the known bugs, and which group of scenarios shows which')
    .option('--json', 'print one JSON object')
    .option('--out <file>', 'also write that object to FILE; makes missing folders')
    .action(async (flags: PowerFlags) => {
      exit((await power(flags, context)) ? 0 : 1);
    });
}

async function power(flags: PowerFlags, context: CommandContext): Promise<boolean> {
  const root = packageFolder();
  if (!existsSync(join(root, 'test', 'defects'))) {
    throw new UsageError('power changes the sources, which only a clone of the repository has');
  }
  if (flags.out !== undefined) createOutput(flags.out);
  context.provideUnicorn();
  // Loaded only here: it compiles, and an installed package has no compiler.
  const { isDefectPowerComplete, measureDefects } = await import('../power/defects/measure-defects.ts');
  const steps = startSteps();
  const defects = await measureDefects(root, flags.seed, (done, of) => steps.update('known bugs', done, of)).finally(
    steps.end,
  );
  const report: PowerReport = {
    schema: powerSchema,
    seed: flags.seed,
    passed: isDefectPowerComplete(defects),
    defects,
  };
  const json = `${JSON.stringify(report, null, 2)}\n`;
  if (flags.out !== undefined) writeFileSync(flags.out, json);
  process.stdout.write(flags.json ? json : powerText(report, styleFor(process.stdout.isTTY)));
  return report.passed;
}
