import { readFileSync } from 'node:fs';
import { Command, InvalidArgumentError } from 'commander';
import { benchText, comparisonText } from '../../reports/bench/index.ts';
import { styleFor } from '../../reports/terminal/index.ts';
import type { Contender } from '../bench/bench-stack.ts';
import { compareReports } from '../bench/compare.ts';
import { runBench } from '../bench/run-bench.ts';
import { type Library, LibraryError, openLibrary } from '../bench/stack/library.ts';
import { usualLibraries } from '../bench/stack/usual-libraries.ts';
import { loadContender, UnwinderModuleError } from '../bench/user-contender.ts';
import { WrongWalk } from '../bench/verify.ts';
import { type BenchReport, benchReport } from '../record/bench.ts';
import type { CommandContext } from './context.ts';
import { UsageError } from './usage-error.ts';

interface BenchFlags {
  readonly quick?: true;
  readonly json?: true;
  readonly library?: string;
  readonly unwinder?: string;
  readonly compare?: string;
  readonly margin?: number;
}

/** `plumbline bench`; calls `exit` with 1 where a path is wrong, or worse than the base by more than the margin. */
export function benchCommand(exit: (status: number) => void, context: CommandContext): Command {
  return new Command('bench')
    .description('measure what an unwound frame costs, in units of the JavaScript frame-pointer walk')
    .option('--quick', 'fewer rounds and shorter series')
    .option('--json', 'print one JSON object')
    .option(
      '--library <file>',
      'x86-64 ELF file of whose rows a stack is made (default: a fetched libLLVM, else libstdc++)',
    )
    .option('--unwinder <module>', 'also measure the unwinder that this JavaScript module exports')
    .option('--compare <base>', 'fail where a path’s ratio is worse than in this earlier --json output')
    .option('--margin <percent>', 'how much worse a ratio may be (default: 50)', percentage)
    .action(async (flags: BenchFlags) => {
      exit((await bench(flags, context)) ? 0 : 1);
    });
}

async function bench(flags: BenchFlags, context: CommandContext): Promise<boolean> {
  if (flags.margin !== undefined && flags.compare === undefined) throw new UsageError('--margin needs --compare');
  const base = flags.compare === undefined ? undefined : readBase(flags.compare);
  const library = chosenLibrary(flags.library);
  const unwinder = flags.unwinder === undefined ? undefined : await chosenUnwinder(flags.unwinder);
  let report: BenchReport;
  try {
    report = await runBench({
      mode: flags.quick ? 'quick' : 'full',
      library,
      unwinder,
      withPackages: context.withPackages,
      onProgress: (doing) => {
        if (process.stderr.isTTY) console.error(`${doing} …`);
      },
    });
  } catch (error) {
    if (!(error instanceof WrongWalk)) throw error;
    console.error(`plumbline: ${error.message}`);
    return false;
  }
  const comparison = base === undefined ? undefined : compareReports(base, report, (flags.margin ?? 50) / 100);
  const style = styleFor(process.stdout.isTTY);
  if (flags.json) console.log(JSON.stringify(comparison === undefined ? report : { ...report, comparison }, null, 2));
  else process.stdout.write(benchText(report, style));
  if (comparison !== undefined && !flags.json) process.stdout.write(`\n${comparisonText(comparison, style)}`);
  return comparison?.passed ?? true;
}

function readBase(file: string): BenchReport {
  let value: unknown;
  try {
    value = JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    throw new UsageError(`cannot read ${file}: ${error instanceof Error ? error.message : error}`);
  }
  const parsed = benchReport.safeParse(value);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0]!;
  throw new UsageError(`${file} is no output of plumbline bench --json: ${issue.path.join('.')}: ${issue.message}`);
}

/** The file that was named; else the first of the usual ones that will do, if any. */
function chosenLibrary(file: string | undefined): Library | undefined {
  try {
    if (file !== undefined) return openLibrary(file);
  } catch (error) {
    if (error instanceof LibraryError) throw new UsageError(error.message);
    throw error;
  }
  for (const usual of usualLibraries()) {
    try {
      return openLibrary(usual);
    } catch (error) {
      // Another machine's, or without unwind information: the stack of generated functions remains.
      if (!(error instanceof LibraryError)) throw error;
    }
  }
  return undefined;
}

async function chosenUnwinder(file: string): Promise<Contender> {
  try {
    return await loadContender(file);
  } catch (error) {
    if (error instanceof UnwinderModuleError) throw new UsageError(error.message);
    throw error;
  }
}

function percentage(text: string): number {
  const number = Number(text);
  if (text.trim() === '' || !Number.isFinite(number) || number < 0) {
    throw new InvalidArgumentError('expected a number from 0 on.');
  }
  return number;
}
