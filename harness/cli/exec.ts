import { Command, InvalidArgumentError } from 'commander';
import { UnwindError } from '../../engine/index.ts';
import { startClock, terminalWidth } from '../../reports/terminal/index.ts';
import {
  ArgumentError,
  type ExecJob,
  type ExecReport,
  execInChild,
  execText,
  type LoadedFile,
  loadFile,
  parseArguments,
} from '../exec/index.ts';
import { FunctionSymbols } from '../loader/index.ts';
import type { CommandContext } from './context.ts';
import { UsageError } from './usage-error.ts';
import { seedText, wholeNumber } from './values.ts';

interface ExecFlags {
  readonly function: string;
  readonly args?: string;
  readonly seed: string;
  readonly bias?: string;
  readonly libraryPath: readonly string[];
  readonly limit: number;
  readonly json?: true;
}

/** `plumbline exec`; calls `exit` with 0 where every unwinder passed at every stop, otherwise with 1. */
export function execCommand(context: CommandContext, exit: (status: number) => void): Command {
  return new Command('exec')
    .description('call a function of an ELF file (its libraries are loaded) and check the engine at every instruction')
    .argument('<file>', 'ELF file for x86-64 or AArch64')
    .requiredOption('--function <name>', 'its symbol; _start is entered as the kernel would')
    .option('--args <list>', 'arguments, such as 1,-1,0x10,buffer:256 (default: seeded numbers, 0 to 64)', argumentList)
    .option('--seed <number>', 'decides registers, untouched memory and buffers', seedText, '1')
    .option('--library-path <dir>', 'where libraries it depends on are (repeatable)', collect, [])
    .option('--bias <address>', 'load address of a position-independent file or an object', address)
    .option('--limit <number>', 'most instructions to execute', wholeNumber, 1_000_000)
    .option('--json', 'print one JSON object')
    .action(async (file: string, flags: ExecFlags) => {
      exit((await exec(file, flags, context)) ? 0 : 1);
    });
}

async function exec(file: string, flags: ExecFlags, context: CommandContext): Promise<boolean> {
  const job: ExecJob = {
    file,
    function: flags.function,
    seed: flags.seed,
    limit: flags.limit,
    libraryPath: flags.libraryPath,
    ...(flags.args !== undefined && { args: flags.args }),
    ...(flags.bias !== undefined && { bias: flags.bias }),
  };
  const loaded = usableFile(job);
  context.provideUnicorn();
  const clock = startClock(`executing ${job.function}`);
  let report: ExecReport;
  try {
    report = await execInChild(job, loaded);
  } finally {
    clock.end();
  }
  process.stdout.write(flags.json ? `${JSON.stringify(report, null, 2)}\n` : execText(report, terminalWidth()));
  return report.passed;
}

/** Loads the file here as well, so that one that cannot be used is told apart from one that fails. */
function usableFile(job: ExecJob): LoadedFile {
  try {
    const loaded = loadFile(job);
    new FunctionSymbols(loaded.image).byName(job.function);
    return loaded;
  } catch (error) {
    if (error instanceof UnwindError || (error instanceof Error && 'code' in error)) {
      throw new UsageError(`cannot execute ${job.file}: ${error.message}`);
    }
    throw error;
  }
}

function collect(value: string, before: readonly string[]): string[] {
  return [...before, value];
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
