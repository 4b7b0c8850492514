import { readFileSync } from 'node:fs';
import { Command } from 'commander';
import { UnwindError } from '../../engine/index.ts';
import { checkText } from '../../reports/check/index.ts';
import { styleFor } from '../../reports/terminal/index.ts';
import { recordFile } from '../check/index.ts';
import { type CheckFile, type CheckReport, checkSchema } from '../record/check.ts';
import { UsageError } from './usage-error.ts';

/** `plumbline check`; calls `exit` with 0 where nothing is wrong (warnings aside), otherwise with 1. */
export function checkCommand(exit: (status: number) => void): Command {
  return new Command('check')
    .description('look at the structure of the unwind sections of ELF files, without running anything')
    .argument('<file...>', 'ELF executables or shared libraries')
    .option('--json', 'print one JSON object')
    .action((files: readonly string[], flags: { readonly json?: true }) => {
      exit(check(files, flags.json === true) ? 0 : 1);
    });
}

function check(files: readonly string[], json: boolean): boolean {
  const style = styleFor(process.stdout.isTTY);
  const checked: CheckFile[] = [];
  for (const file of files) {
    const one = checkOne(file);
    checked.push(one);
    if (!json) process.stdout.write(`${checked.length > 1 ? '\n' : ''}${checkText(one, style)}`);
  }
  const passed = checked.every(({ kinds }) => Object.values(kinds).every(({ severity }) => severity !== 'error'));
  const report: CheckReport = { schema: checkSchema, passed, files: checked };
  if (json) console.log(JSON.stringify(report, null, 2));
  return passed;
}

function checkOne(file: string): CheckFile {
  let bytes: Uint8Array;
  try {
    bytes = readFileSync(file);
  } catch (error) {
    throw new UsageError(`${file}: ${(error as NodeJS.ErrnoException).message}`);
  }
  try {
    return recordFile(file, bytes);
  } catch (error) {
    if (!(error instanceof UnwindError)) throw error;
    throw new UsageError(`${file}: ${error.message}`);
  }
}
