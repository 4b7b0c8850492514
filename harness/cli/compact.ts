import { readFileSync } from 'node:fs';
import { Command } from 'commander';
import { compactEncodings, type Encoding, UnwindError } from '../../engine/index.ts';
import { compactText } from '../../reports/compact/index.ts';
import { startSteps, styleFor } from '../../reports/terminal/index.ts';
import { encodingsFor, measureFile } from '../compact/index.ts';
import { type CompactFile, type CompactReport, compactSchema } from '../record/compact.ts';
import { collect } from './choose-unwinders.ts';
import { UsageError } from './usage-error.ts';

interface CompactFlags {
  readonly encoding?: readonly string[];
  readonly json?: true;
}

/** `plumbline compact`; calls `exit` with 0 where no row is inexact, otherwise with 1. */
export function compactCommand(exit: (status: number) => void): Command {
  return new Command('compact')
    .description('encode the unwind information of ELF files, check every row against DWARF, and compare sizes')
    .argument('<file...>', 'ELF executables, shared libraries, objects, or archives of objects')
    .option('--encoding <name>', 'only this encoding; repeatable', collect)
    .option('--json', 'print one JSON object')
    .action((files: readonly string[], flags: CompactFlags) => {
      exit(compact(files, flags) ? 0 : 1);
    });
}

function compact(files: readonly string[], flags: CompactFlags): boolean {
  const encodings = chosenEncodings(flags.encoding);
  const style = styleFor(process.stdout.isTTY);
  const measured: CompactFile[] = [];
  for (const file of files) {
    const one = measure(file, encodings);
    measured.push(one);
    if (!flags.json) process.stdout.write(`${measured.length > 1 ? '\n' : ''}${compactText(one, style)}`);
  }
  const report: CompactReport = { schema: compactSchema, files: measured };
  if (flags.json) console.log(JSON.stringify(report, null, 2));
  return measured.every(isExact);
}

function isExact({ encodings }: CompactFile): boolean {
  return Object.values(encodings).every(({ inexact, lsda }) => inexact === 0 && (lsda?.wrong ?? 0) === 0);
}

function chosenEncodings(names: readonly string[] | undefined): readonly Encoding[] {
  if (names === undefined) return compactEncodings;
  return names.map((name) => {
    const found = compactEncodings.find((encoding) => encoding.name === name);
    if (found !== undefined) return found;
    const known = compactEncodings.map((encoding) => encoding.name).join(' ');
    throw new UsageError(`there is no encoding ${name}; there are ${known}`);
  });
}

function measure(file: string, encodings: readonly Encoding[]): CompactFile {
  const steps = startSteps();
  try {
    return measureFile({
      file,
      bytes: readFileSync(file),
      choose: (kind, architecture) => encodingsFor(encodings, kind, architecture),
      onProgress: (doing, done, of) => steps.update(doing, done, of),
    });
  } catch (error) {
    if (error instanceof UnwindError || (error instanceof Error && 'code' in error)) {
      throw new UsageError(`cannot encode ${file}: ${error.message}`);
    }
    throw error;
  } finally {
    steps.end();
  }
}
