import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { basename, join } from 'node:path';
import { UnwindError } from '../../engine/index.ts';
import { plural } from '../../reports/plural.ts';
import { seenText, surveyText } from '../../reports/survey/index.ts';
import { startSteps, styleFor, terminalWidth } from '../../reports/terminal/index.ts';
import { type LoadedFile, loadFile } from '../exec/index.ts';
import { findingLines } from '../findings/index.ts';
import { packageVersion } from '../package-folder.ts';
import { programDigest } from '../program-digest.ts';
import { type SurveyFindings, type SurveyHeader, surveySchema } from '../record/survey.ts';
import {
  checkPassable,
  isAllJudged,
  Journal,
  JournalError,
  parseSignatures,
  runSurvey,
  type Signatures,
  SignaturesError,
  type SurveyRecord,
  type SurveySettings,
} from '../survey/index.ts';
import {
  checkFindingFlags,
  compareWithBaseline,
  comparisonLines,
  type FindingFlags,
  writeBaseline,
} from './baseline.ts';
import type { CommandContext } from './context.ts';
import { isCompared, writeFindings } from './exec-findings.ts';
import { matches } from './glob.ts';
import { createOutputFolder, writeOutput } from './output-file.ts';
import { UsageError } from './usage-error.ts';

export interface ExecAllFlags extends FindingFlags {
  readonly match?: string;
  readonly seed: string;
  readonly seeds: number;
  readonly jobs?: number;
  readonly limit?: number;
  readonly bias?: string;
  readonly libraryPath: readonly string[];
  readonly signatures?: string;
  readonly out?: string;
  readonly resume?: true;
  readonly json?: true;
}

/** Instructions of a call, where nothing else is said. */
const defaultLimit = 20_000;

/** `plumbline exec FILE --all`: true where everything passed. */
export async function execAll(file: string, flags: ExecAllFlags, context: CommandContext): Promise<boolean> {
  const settings: SurveySettings = {
    file,
    libraryPath: flags.libraryPath,
    ...(flags.bias !== undefined && { bias: flags.bias }),
    seed: flags.seed,
    seeds: flags.seeds,
    limit: flags.limit ?? defaultLimit,
    signatures: readSignatures(flags.signatures),
  };
  const loaded = usableFile(settings);
  refuseUnpassable(settings, loaded, flags.signatures);
  const functions = loaded.process!.functions.filter(({ name }) => matches(flags.match ?? '*', name));
  if (functions.length === 0)
    throw new UsageError(`${file} exports no function${flags.match === undefined ? '' : ` like ${flags.match}`}`);
  if (flags.resume && flags.out === undefined) throw new UsageError('--resume needs --out, the folder of the journal');
  const plumbline = packageVersion();
  const header = {
    plumbline,
    kind: 'header' as const,
    schema: surveySchema,
    file,
    architecture: loaded.image.architecture.name,
    modules: modulesOf(loaded),
    seed: settings.seed,
    seeds: settings.seeds,
    limit: settings.limit,
    ...(flags.match !== undefined && { match: flags.match }),
  } satisfies Omit<SurveyHeader, 'versions' | 'notes'> & { plumbline: string };
  checkFindingFlags(flags);
  context.provideUnicorn();
  // Only now: other commands' parent processes load no native library.
  const { unicornFactory } = await import('../emulator/unicorn.ts');
  const journal = openJournal(flags, () =>
    JSON.stringify({
      ...header,
      signatures: settings.signatures,
      bias: flags.bias,
      emulator: unicornFactory().version,
      program: programDigest(),
    }),
  );
  if (journal !== undefined && journal.answers.size > 0) {
    console.error(
      `the journal in ${flags.out} has ${plural(journal.answers.size, 'function')} already: going on from there`,
    );
  }
  const progress = startSteps();
  const record = await runSurvey({
    settings,
    loaded,
    functions,
    jobs: flags.jobs ?? availableParallelism(),
    header,
    ...(journal !== undefined && { journal }),
    onProgress: (done, of, stops) =>
      progress.update(`${done} of ${of} functions | ${stops.toLocaleString('en')} stops`, done, of),
  }).finally(() => progress.end());
  return report(record, loaded, flags);
}

/** Prints and writes all that is asked for, and returns whether it passed: but for what a baseline knows, if there is one. */
function report(made: SurveyRecord, loaded: LoadedFile, flags: ExecAllFlags): boolean {
  const { header, functions } = made;
  const all = made.findings.findings;
  const comparison = compareWithBaseline(flags, all);
  const compared = isCompared(flags);
  const findings: SurveyFindings = compared
    ? {
        ...made.findings,
        findings: all.map((finding) => ({ ...finding, known: comparison.known.has(finding.fingerprint) })),
        gone: [...comparison.gone],
      }
    : made.findings;
  const passed = compared
    ? isAllJudged(made.final) && findings.findings.every(({ known }) => known)
    : made.final.passed;
  const final = { ...made.final, passed };
  const lines = [header, ...functions, findings, final].map((line) => `${JSON.stringify(line)}\n`);
  if (flags.out !== undefined) writeOutput(join(flags.out, 'record.jsonl'), lines.join(''));
  if (flags.json) for (const line of lines) process.stdout.write(line);
  else {
    const style = styleFor(process.stdout.isTTY);
    process.stdout.write(
      surveyText({ header, functions, findings, final }, findingLines, style, terminalWidth()) +
        comparisonLines(flags, comparison, all)
          .map((line) => `${line}\n`)
          .join(''),
    );
  }
  writeFindings(flags, header.file, loaded.image, all, comparison, ({ stops, called }) => [
    `Seen ${seenText(stops, called)}.`,
  ]);
  writeBaseline(flags, all);
  return passed;
}

function usableFile(settings: SurveySettings): LoadedFile {
  let loaded: LoadedFile;
  try {
    loaded = loadFile(settings);
  } catch (error) {
    if (error instanceof UnwindError || (error instanceof Error && 'code' in error)) {
      throw new UsageError(`cannot execute ${settings.file}: ${error.message}`);
    }
    throw error;
  }
  if (loaded.process === undefined) {
    throw new UsageError(`${settings.file} is no shared library or dynamic executable: it exports no functions`);
  }
  return loaded;
}

function modulesOf({ image }: LoadedFile): { name: string; sha256?: string }[] {
  return image.modules.map(({ name }, i) => {
    const isFile = i < image.modules.length - 1;
    const digest = () => createHash('sha256').update(readFileSync(name)).digest('hex');
    return { name: basename(name), ...(isFile && { sha256: digest() }) };
  });
}

function openJournal({ out, resume }: ExecAllFlags, header: () => string): Journal | undefined {
  if (out === undefined) return undefined;
  createOutputFolder(out);
  try {
    return new Journal(out, header(), resume === true);
  } catch (error) {
    if (error instanceof JournalError || (error instanceof Error && 'code' in error))
      throw new UsageError(error.message);
    throw error;
  }
}

function readSignatures(path: string | undefined): Signatures {
  if (path === undefined) return {};
  try {
    return parseSignatures(readFileSync(path, 'utf8'));
  } catch (error) {
    if (error instanceof SignaturesError) throw new UsageError(`${path} ${error.message}`);
    if (error instanceof Error && 'code' in error) throw new UsageError(`${path}: ${error.message}`);
    throw error;
  }
}

function refuseUnpassable({ signatures }: SurveySettings, { image }: LoadedFile, path: string | undefined): void {
  try {
    checkPassable(signatures, image.architecture.name);
  } catch (error) {
    if (error instanceof SignaturesError) throw new UsageError(`${path} ${error.message}`);
    throw error;
  }
}
