import { readFileSync } from 'node:fs';
import { Command, InvalidArgumentError } from 'commander';
import { UnwindError } from '../../engine/index.ts';
import { plural } from '../../reports/plural.ts';
import { startClock, styleFor, terminalWidth } from '../../reports/terminal/index.ts';
import {
  ArgumentError,
  type ExecJob,
  type ExecReport,
  execInChild,
  execText,
  type LoadedFile,
  loadFile,
  parseArguments,
  placeToEnter,
} from '../exec/index.ts';
import type { LoadedImage } from '../loader/image.ts';
import {
  addFindingFlags,
  type Comparison,
  checkFindingFlags,
  compareWithBaseline,
  comparisonLines,
  writeBaseline,
} from './baseline.ts';
import type { CommandContext } from './context.ts';
import { type ExecAllFlags, execAll } from './exec-all.ts';
import { isCompared, writeFindings } from './exec-findings.ts';
import { UsageError } from './usage-error.ts';
import { jobCount, positiveNumber, seedText, wholeNumber } from './values.ts';

/** Instructions of a call, where nothing else is said. */
const defaultLimit = 1_000_000;

interface ExecFlags extends ExecAllFlags {
  readonly function?: string;
  readonly all?: true;
  readonly stdin?: string;
  readonly env?: readonly string[];
  readonly signalEvery?: number;
  readonly signalStack?: true;
  readonly args?: string;
}

/**
 * `plumbline exec`; calls `exit` with 0 where every unwinder passed at every stop, or where all that is wrong is in the
 * baseline, otherwise with 1.
 */
export function execCommand(exit: (status: number) => void, context: CommandContext): Command {
  const command = new Command('exec')
    .description('call a function of an ELF file (its libraries are loaded) and check the engine at every instruction')
    .argument('<file>', 'ELF file for x86-64 or AArch64')
    .argument('[arguments...]', 'what the program is started with, behind --')
    .option('--function <name>', 'call this function (default: start the program at its entry, as the kernel does)')
    .option('--all', 'call every function a shared library exports')
    .option('--match <glob>', 'of --all, only these functions')
    .option('--seeds <number>', 'calls of each function, with --all', callCount, 3)
    .option('--jobs <number>', 'processes that work side by side, with --all (default: one a core)', jobCount)
    .option('--signatures <file>', 'JSON that describes arguments of functions, with --all')
    .option('--out <dir>', 'folder of the record and of the journal that --all goes on from')
    .option('--resume', 'with --out: only where there is a journal of the same survey')
    .option('--args <list>', 'arguments, such as 1,-1,0x10,buffer:256 (default: seeded numbers, 0 to 64)', argumentList)
    .option('--stdin <file>', 'what the program reads from standard input (default: nothing)')
    .option('--env <name=value>', 'a variable of its environment (default: none), repeatable', environmentList)
    .option('--signal-every <n>', 'deliver a signal before every nth instruction, as a profiler would', positiveNumber)
    .option('--signal-stack', 'its handler has a stack of its own (default: it runs below the red zone)')
    .option('--seed <number>', 'decides registers, untouched memory and buffers', seedText, '1')
    .option('--library-path <dir>', 'where libraries it depends on are (repeatable)', collect, [])
    .option('--bias <address>', 'load address of a position-independent file or an object', address)
    .option(
      '--limit <number>',
      'most instructions to execute (default: 1000000; of each call with --all: 20000)',
      wholeNumber,
    )
    .option('--json', 'print one JSON object');
  return addFindingFlags(command).action(
    async (file: string, programArguments: readonly string[], flags: ExecFlags) => {
      if (flags.all === true && flags.function !== undefined) throw new UsageError('--all or --function, not both');
      if (flags.all === true) exit((await execAll(file, flags, context)) ? 0 : 1);
      else exit((await exec(file, programArguments, flags, context)) ? 0 : 1);
    },
  );
}

async function exec(
  file: string,
  programArguments: readonly string[],
  flags: ExecFlags,
  context: CommandContext,
): Promise<boolean> {
  const ofAll = (['match', 'out', 'resume', 'signatures', 'jobs'] as const).find((flag) => flags[flag] !== undefined);
  if (ofAll !== undefined) throw new UsageError(`--${ofAll} needs --all`);
  const isStarted = flags.function === undefined || flags.function === '_start';
  if (!isStarted && (programArguments.length > 0 || flags.env !== undefined)) {
    throw new UsageError('arguments and environment are of a program that is started: leave --function out');
  }
  if (flags.signalStack && flags.signalEvery === undefined) throw new UsageError('--signal-stack needs --signal-every');
  const job: ExecJob = {
    file,
    seed: flags.seed,
    limit: flags.limit ?? defaultLimit,
    libraryPath: flags.libraryPath,
    ...(flags.function !== undefined && { function: flags.function }),
    ...(programArguments.length > 0 && { programArguments }),
    ...(flags.env !== undefined && { environment: flags.env }),
    ...(flags.stdin !== undefined && { stdin: readableFile(flags.stdin) }),
    ...(flags.signalEvery !== undefined && { signalEvery: flags.signalEvery }),
    ...(flags.signalStack && { signalStack: true }),
    ...(flags.args !== undefined && { args: flags.args }),
    ...(flags.bias !== undefined && { bias: flags.bias }),
  };
  const loaded = usableFile(job);
  checkFindingFlags(flags);
  context.provideUnicorn();
  const clock = startClock(`executing ${job.function ?? job.file}`);
  let report: ExecReport;
  try {
    report = await execInChild(job, loaded);
  } finally {
    clock.end();
  }
  return reportFindings(report, loaded.image, flags);
}

/** Prints the report, writes the files that are asked for, and returns whether it passed. */
function reportFindings(report: ExecReport, image: LoadedImage, flags: ExecFlags): boolean {
  const { file, findings } = report;
  const comparison = compareWithBaseline(flags, findings);
  const compared = findings.map((finding) => ({ ...finding, known: comparison.known.has(finding.fingerprint) }));
  // A program that did not come to its end is nothing a baseline knows.
  const isEnded = report.outcome === 'finished' && report.unjudged === 0 && report.unwinders.length > 0;
  // What the program is to blame for is no finding, and no baseline knows it either.
  const isCovered = report.failures.every(({ blame }) => blame !== 'program');
  const passed = isCompared(flags) ? isEnded && isCovered && compared.every(({ known }) => known) : report.passed;
  if (flags.json) {
    const { gone } = comparison;
    const all = isCompared(flags) ? { ...report, passed, findings: compared, gone } : report;
    console.log(JSON.stringify(all, null, 2));
  } else {
    process.stdout.write(execText(report, comparison.known, terminalWidth()));
    for (const line of comparisonLines(flags, comparison, findings)) console.log(line);
    const style = styleFor(process.stdout.isTTY);
    console.log(`\n${passed ? style('green', 'PASS') : `${style('red', 'FAIL')}  ${whyFailed(report, comparison)}`}`);
  }
  writeFindings(flags, file, image, findings, comparison);
  writeBaseline(flags, findings);
  return passed;
}

function whyFailed({ outcome, unjudged, unwinders, failures, findings }: ExecReport, { known }: Comparison): string {
  const blamed = failures.filter(({ blame }) => blame === 'program' || blame === 'engine' || blame === 'unknown');
  const news = findings.filter(({ fingerprint }) => !known.has(fingerprint)).length;
  return [
    ...(outcome === 'finished' ? [] : [`it did not come to its end (${outcome}, see above)`]),
    ...(unjudged === 0 ? [] : [`${plural(unjudged, 'stop')} not judged`]),
    ...(unwinders.length === 0 ? ['nobody was judged'] : []),
    ...new Set(blamed.map(({ blame }) => `some fails are blamed on: ${blame}`)),
    ...(news === 0 ? [] : [`${plural(news, known.size === 0 ? 'finding' : 'new finding')}`]),
  ].join('; ');
}

/** Loads the file here as well, so that one that cannot be used is told apart from one that fails. */
function usableFile(job: ExecJob): LoadedFile {
  try {
    const loaded = loadFile(job);
    placeToEnter(loaded.image, job);
    return loaded;
  } catch (error) {
    if (error instanceof UnwindError || (error instanceof Error && 'code' in error)) {
      throw new UsageError(`cannot execute ${job.file}: ${error.message}`);
    }
    throw error;
  }
}

function callCount(text: string): number {
  const number = wholeNumber(text);
  if (number < 1 || number > 1000) throw new InvalidArgumentError('expected a number from 1 to 1000.');
  return number;
}

function collect(value: string, before: readonly string[]): string[] {
  return [...before, value];
}

/** Told apart here from an execution that fails. */
function readableFile(file: string): string {
  try {
    readFileSync(file);
    return file;
  } catch (error) {
    throw new UsageError(`cannot read ${file}: ${(error as Error).message}`);
  }
}

function environmentList(text: string, before: readonly string[] = []): readonly string[] {
  if (!/^[^=]+=/.test(text)) throw new InvalidArgumentError('expected NAME=VALUE.');
  return [...before, text];
}

function argumentList(text: string): string {
  try {
    parseArguments(text);
  } catch (error) {
    if (error instanceof ArgumentError) throw new InvalidArgumentError(`${error.message}.`);
    throw error;
  }
  return text;
}

function address(text: string): string {
  if (!/^(0x[0-9a-f]+|\d+)$/i.test(text) || BigInt(text) >= 2n ** 64n || BigInt(text) % 0x1000n !== 0n) {
    throw new InvalidArgumentError('expected a 64-bit address that is a multiple of 0x1000.');
  }
  return `0x${BigInt(text).toString(16)}`;
}
