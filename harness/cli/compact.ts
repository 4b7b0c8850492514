import { chmodSync, readFileSync, statSync } from 'node:fs';
import { Command } from 'commander';
import { type Encoding, readElf, UnwindError } from '../../engine/index.ts';
import { compactSumText, compactText } from '../../reports/compact/index.ts';
import { type Steps, startSteps, styleFor } from '../../reports/terminal/index.ts';
import { checkEmittedSteps, emitEncoding, encodingsFor, measureFile } from '../compact/index.ts';
import { type CompactEncoding, type CompactFile, type CompactReport, compactSchema } from '../record/compact.ts';
import { chooseEncodings } from './choose-encodings.ts';
import { collect } from './choose-unwinders.ts';
import { checkOutput, writeOutput } from './output-file.ts';
import { UsageError } from './usage-error.ts';
import { seedText, wholeNumber } from './values.ts';

interface CompactFlags {
  readonly encoding?: readonly string[];
  readonly emit?: string;
  readonly stepCheck?: true;
  readonly functions?: number;
  readonly seed: string;
  readonly json?: true;
}

/** `plumbline compact`; calls `exit` with 0 where all of it is exact, otherwise with 1. */
export function compactCommand(exit: (status: number) => void): Command {
  return new Command('compact')
    .description('encode the unwind information of ELF files, check every row against DWARF, and compare sizes')
    .argument('<file...>', 'ELF executables, shared libraries, objects, or archives of objects')
    .option('--encoding <name|file>', 'only this encoding, or those of a JavaScript module; repeatable', collect)
    .option('--emit <out>', 'write the executable or library with its unwind sections in this one encoding')
    .option(
      '--step-check',
      'compare a step from each PC of some functions, from the file and from what is emitted of it',
    )
    .option('--functions <number>', 'most functions for --step-check (default: 10000)', wholeNumber)
    .option('--seed <number>', 'decides registers and stack for --step-check', seedText, '1')
    .option('--json', 'print one JSON object')
    .action(async (files: readonly string[], flags: CompactFlags) => {
      exit((await compact(files, flags)) ? 0 : 1);
    });
}

async function compact(files: readonly string[], flags: CompactFlags): Promise<boolean> {
  const encodings = await chooseEncodings(flags.encoding);
  if (flags.emit !== undefined && (files.length !== 1 || encodings.length !== 1)) {
    throw new UsageError('--emit writes one file in one encoding: give one file, and the encoding with --encoding');
  }
  if (flags.emit !== undefined && isSameFile(flags.emit, files[0]!)) {
    throw new UsageError(`--emit would write over ${files[0]}`);
  }
  if (flags.functions !== undefined && !flags.stepCheck) throw new UsageError('--functions belongs to --step-check');
  const style = styleFor(process.stdout.isTTY);
  const measured: CompactFile[] = [];
  for (const file of files) {
    const one = measure(file, encodings, flags);
    measured.push(one);
    if (!flags.json) process.stdout.write(`${measured.length > 1 ? '\n' : ''}${compactText(one, style)}`);
  }
  if (flags.encoding !== undefined && measured.every(({ encodings: found }) => Object.keys(found).length === 0)) {
    throw new UsageError(`nothing was encoded: ${encodings.map(scopeOf).join(', ')}`);
  }
  const report: CompactReport = { schema: compactSchema, files: measured };
  if (!flags.json) process.stdout.write(compactSumText(measured, style));
  else console.log(JSON.stringify(report, null, 2));
  return measured.every(({ encodings: found }) => Object.values(found).every(isExact));
}

/** Which files an encoding is for. */
function scopeOf({ name, files, architectures }: Encoding): string {
  return `${name} is for ${files === 'objects' ? 'objects and archives' : 'linked files'} of ${architectures.join(' and ')}`;
}

function isSameFile(a: string, b: string): boolean {
  const [one, other] = [a, b].map((file) => statSync(file, { throwIfNoEntry: false }));
  return one !== undefined && one.ino === other?.ino && one.dev === other.dev;
}

function isExact({ inexact, lsda, steps }: CompactEncoding): boolean {
  return inexact === 0 && (lsda?.wrong ?? 0) === 0 && (steps?.different ?? 0) === 0;
}

function measure(file: string, encodings: readonly Encoding[], flags: CompactFlags): CompactFile {
  const progress = startSteps();
  try {
    const bytes = readFileSync(file);
    const measured = measureFile({
      file,
      bytes,
      choose: (kind, architecture) => encodingsFor(encodings, kind, architecture),
      onProgress: (doing, done, of) => progress.update(doing, done, of),
    });
    return emit(bytes, measured, encodings, flags, progress);
  } catch (error) {
    if (error instanceof UnwindError || (error instanceof Error && 'code' in error)) {
      throw new UsageError(`cannot encode ${file}: ${error.message}`);
    }
    throw error;
  } finally {
    progress.end();
  }
}

/** Writes and steps through what is emitted of a file, where that is asked for. */
function emit(
  bytes: Uint8Array,
  measured: CompactFile,
  encodings: readonly Encoding[],
  flags: CompactFlags,
  progress: Steps,
): CompactFile {
  if (flags.emit === undefined && !flags.stepCheck) return measured;
  if (measured.kind !== 'linked')
    throw new UsageError(`${measured.file} is no executable or library that can be emitted`);
  const original = readElf(bytes);
  const checked = { ...measured.encodings };
  for (const encoding of encodings) {
    const { name } = encoding;
    const before = checked[name];
    if (before === undefined) {
      if (flags.emit !== undefined) throw new UsageError(`${name} is no encoding for such a file as ${measured.file}`);
      continue;
    }
    const emitted = emitEncoding(bytes, original, encoding);
    if (flags.emit !== undefined) {
      checkOutput(flags.emit);
      writeOutput(flags.emit, emitted);
      chmodSync(flags.emit, statSync(measured.file).mode & 0o777);
    }
    if (!flags.stepCheck) continue;
    const onProgress = (done: number, of: number) => progress.update(`${name}: steps`, done, of);
    const { functions: sample = 10_000, seed } = flags;
    checked[name] = { ...before, steps: checkEmittedSteps({ original, emitted, encoding, sample, seed, onProgress }) };
  }
  return { ...measured, encodings: checked };
}
