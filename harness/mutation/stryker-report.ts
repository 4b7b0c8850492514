import { z } from 'zod';
import type { AreaScore } from './score.ts';
import { MutationScoreError } from './score.ts';

const position = z.object({ line: z.int().positive(), column: z.int().positive() });

/** What is used of Stryker's report (mutation-testing-report-schema 2). */
const report = z.object({
  framework: z.object({ version: z.string() }),
  files: z.record(
    z.string(),
    z.object({
      source: z.string(),
      mutants: z.array(
        z.object({
          status: z.enum([
            'Killed',
            'Timeout',
            'Survived',
            'NoCoverage',
            'RuntimeError',
            'CompileError',
            'Ignored',
            'Pending',
          ]),
          replacement: z.string().optional(),
          location: z.object({ start: position, end: position }),
        }),
      ),
    }),
  ),
});

export type StrykerReport = z.infer<typeof report>;

/** A mutant that no test noticed, as `survivors.json` has it. */
export interface Survivor {
  readonly file: string;
  /** From 1, in the sources whose digest the score has. */
  readonly line: number;
  /** The line it begins in. */
  readonly code: string;
  /** What was replaced, and by what. */
  readonly mutant: string;
}

/** Validates the text of Stryker's report; throws `MutationScoreError` where it has another shape. */
export function parseReport(text: string): StrykerReport {
  const result = report.safeParse(JSON.parse(text));
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  throw new MutationScoreError(`Stryker's report: ${issue?.path.join('.') ?? ''}: ${issue?.message ?? ''}`);
}

/** Counts the mutants of an area's report. Mutants that are no program at all count nowhere, as in Stryker's own score. */
export function countMutants({ files }: StrykerReport): Omit<AreaScore, 'area' | 'sources'> {
  const statuses = Object.values(files).flatMap(({ mutants }) => mutants.map(({ status }) => status));
  const count = (wanted: string) => statuses.filter((status) => status === wanted).length;
  return {
    killed: count('Killed'),
    timedOut: count('Timeout'),
    survived: count('Survived'),
    notCovered: count('NoCoverage'),
  };
}

/** The mutants of a report that no test noticed, by file and line. */
export function survivorsOf({ files }: StrykerReport): Survivor[] {
  const survivors = Object.entries(files).flatMap(([file, { source, mutants }]) => {
    const lines = source.split('\n');
    return mutants
      .filter(({ status }) => status === 'Survived' || status === 'NoCoverage')
      .map(({ replacement = '', location: { start, end } }) => {
        const original = [...lines.slice(start.line - 1, end.line)];
        original[original.length - 1] = original.at(-1)!.slice(0, end.column - 1);
        original[0] = original[0]!.slice(start.column - 1);
        return {
          file,
          line: start.line,
          code: lines[start.line - 1]!.trim(),
          mutant: `${short(original.join('\n'))} → ${short(replacement)}`,
        };
      });
  });
  return survivors.sort((a, b) => (a.file < b.file ? -1 : a.file > b.file ? 1 : a.line - b.line));
}

function short(code: string): string {
  const line = code.replaceAll(/\s+/g, ' ').trim();
  return line.length <= 100 ? line : `${line.slice(0, 60)} … ${line.slice(-30)}`;
}
