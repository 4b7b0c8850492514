import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Command } from 'commander';
import { z } from 'zod';
import { plural } from '../../reports/plural.ts';
import { baseline, baselineSchema, type KnownFinding } from '../record/baseline.ts';
import { checkOutput, writeOutput } from './output-file.ts';
import { UsageError } from './usage-error.ts';

/** Flags of commands that make findings. */
export interface FindingFlags {
  readonly sarif?: string;
  readonly baseline?: string;
  readonly writeBaseline?: string;
}

/** Findings held against those that are known. */
export interface Comparison {
  /** By fingerprint. */
  readonly known: ReadonlySet<string>;
  /** Known ones that are there no longer. */
  readonly gone: readonly KnownFinding[];
}

export function addFindingFlags(command: Command): Command {
  return command
    .option('--sarif <file>', 'write the findings as SARIF 2.1.0, too')
    .option('--baseline <file>', 'findings listed in FILE do not fail the run; those that are gone are told')
    .option('--write-baseline <file>', 'list all findings in FILE; they do not fail this run');
}

/** Finds out before anything runs what flags ask for that cannot be had: throws `UsageError`. */
export function checkFindingFlags({ sarif, baseline: known, writeBaseline: written }: FindingFlags): void {
  if (known !== undefined) readBaseline(known);
  if (sarif !== undefined && written !== undefined && resolve(sarif) === resolve(written)) {
    throw new UsageError(`--sarif and --write-baseline are both ${sarif}`);
  }
  for (const file of [sarif, written]) if (file !== undefined) checkOutput(file);
}

/** Reads the baseline that is asked for; throws `UsageError` where it cannot be. */
export function compareWithBaseline(flags: FindingFlags, findings: readonly KnownFinding[]): Comparison {
  const all = new Set(findings.map(({ fingerprint }) => fingerprint));
  if (flags.baseline === undefined) {
    return { known: flags.writeBaseline === undefined ? new Set() : all, gone: [] };
  }
  const listed = readBaseline(flags.baseline);
  const known = flags.writeBaseline === undefined ? new Set(listed.map(({ fingerprint }) => fingerprint)) : all;
  return { known, gone: listed.filter(({ fingerprint }) => !all.has(fingerprint)) };
}

export function writeBaseline({ writeBaseline: file }: FindingFlags, findings: readonly KnownFinding[]): void {
  if (file === undefined) return;
  const sorted = findings
    .map(({ fingerprint, kind, function: name }) => ({ fingerprint, kind, function: name }))
    .sort((a, b) => (a.fingerprint < b.fingerprint ? -1 : 1));
  writeOutput(file, `${JSON.stringify({ schema: baselineSchema, findings: sorted }, null, 1)}\n`);
  console.error(`baseline: ${plural(sorted.length, 'finding')} written to ${file}`);
}

/** What a baseline makes of the findings, in lines for a terminal; none without one. */
export function comparisonLines(
  flags: FindingFlags,
  comparison: Comparison,
  findings: readonly KnownFinding[],
): string[] {
  if (flags.baseline === undefined) return [];
  const known = findings.filter(({ fingerprint }) => comparison.known.has(fingerprint)).length;
  const { gone } = comparison;
  return [
    `baseline: ${plural(findings.length - known, 'new finding')}, ${known} known, ${gone.length} gone`,
    ...gone.map(({ kind, function: name }) => `  gone: ${kind}${name === '' ? '' : ` in ${name}`}`),
  ];
}

function readBaseline(file: string): readonly KnownFinding[] {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    throw new UsageError(`${file}: ${(error as NodeJS.ErrnoException).message}`);
  }
  try {
    return baseline.parse(JSON.parse(text)).findings;
  } catch (error) {
    const why = error instanceof z.ZodError ? z.prettifyError(error) : (error as Error).message;
    throw new UsageError(`${file} is no baseline: ${why}`);
  }
}
