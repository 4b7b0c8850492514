import { readFileSync } from 'node:fs';
import { Command } from 'commander';
import { UnwindError } from '../../engine/index.ts';
import { checkText } from '../../reports/check/index.ts';
import { styleFor } from '../../reports/terminal/index.ts';
import { kindsOfFindings, recordFile } from '../check/index.ts';
import { type CheckFile, type CheckReport, checkSchema } from '../record/check.ts';
import {
  addFindingFlags,
  checkFindingFlags,
  compareWithBaseline,
  comparisonLines,
  type FindingFlags,
  writeBaseline,
} from './baseline.ts';
import { writeSarif } from './sarif-file.ts';
import { UsageError } from './usage-error.ts';

interface CheckFlags extends FindingFlags {
  readonly json?: true;
}

/** `plumbline check`; calls `exit` with 0 where nothing new is wrong (warnings aside), otherwise with 1. */
export function checkCommand(exit: (status: number) => void): Command {
  const command = new Command('check')
    .description('look at the structure of the unwind sections of ELF files, without running anything')
    .argument('<file...>', 'ELF executables, shared libraries or objects')
    .option('--json', 'print one JSON object');
  return addFindingFlags(command).action((files: readonly string[], flags: CheckFlags) => {
    exit(check(files, flags) ? 0 : 1);
  });
}

function check(files: readonly string[], flags: CheckFlags): boolean {
  const style = styleFor(process.stdout.isTTY);
  const isCompared = flags.baseline !== undefined || flags.writeBaseline !== undefined;
  checkFindingFlags(flags);
  const checked: CheckFile[] = [];
  const problems: string[] = [];
  for (const file of files) {
    try {
      checked.push(checkOne(file, isCompared ? Number.POSITIVE_INFINITY : undefined));
    } catch (error) {
      if (!(error instanceof UsageError)) throw error;
      problems.push(error.message);
    }
  }
  const unusable = new UsageError(problems.join('\n'));
  if (checked.length === 0) throw unusable;
  const all = checked.flatMap(({ findings }) => findings).map((one) => ({ ...one, function: one.function ?? '' }));
  const comparison = compareWithBaseline(flags, all);
  const compared = checked.map((one) => ({
    ...one,
    findings: one.findings.map((finding) => ({
      ...finding,
      ...(isCompared && { known: comparison.known.has(finding.fingerprint) }),
    })),
  }));
  const passed = compared.every(({ kinds, findings }) =>
    isCompared
      ? findings.every(({ kind, known }) => known || kinds[kind]!.severity !== 'error')
      : Object.values(kinds).every(({ severity }) => severity !== 'error'),
  );
  const report: CheckReport = {
    schema: checkSchema,
    passed,
    files: compared,
    ...(flags.baseline !== undefined && { gone: [...comparison.gone] }),
  };
  if (flags.json) console.log(JSON.stringify(report, null, 2));
  else {
    compared.forEach((one, i) => {
      process.stdout.write(`${i > 0 ? '\n' : ''}${checkText(one, style)}`);
    });
    for (const line of comparisonLines(flags, comparison, all)) console.log(line);
  }
  if (flags.sarif !== undefined) {
    writeSarif(
      flags.sarif,
      kindsOfFindings,
      compared.flatMap(({ file, findings }) => findings.map((finding) => ({ ...finding, rule: finding.kind, file }))),
      flags.baseline !== undefined,
    );
  }
  // Of a baseline it would be missing.
  if (problems.length > 0) throw unusable;
  writeBaseline(flags, all);
  return passed;
}

function checkOne(file: string, mostKept?: number): CheckFile {
  let bytes: Uint8Array;
  try {
    bytes = readFileSync(file);
  } catch (error) {
    throw new UsageError(`${file}: ${(error as NodeJS.ErrnoException).message}`);
  }
  try {
    return recordFile(file, bytes, mostKept);
  } catch (error) {
    if (!(error instanceof UnwindError)) throw error;
    throw new UsageError(`${file}: ${error.message}`);
  }
}
