import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { areaOf, areas } from './areas.ts';
import { MutationScoreError } from './score.ts';
import type { Survivor } from './stryker-report.ts';

const explainedSurvivor = z.strictObject({
  file: z.string(),
  line: z.int().positive(),
  code: z.string(),
  mutant: z.string(),
  /** Why no test can notice it, or why none does. */
  why: z.string(),
});

export type ExplainedSurvivor = z.infer<typeof explainedSurvivor>;

/** The committed list of surviving mutants of the areas that explain theirs. */
export function survivorsPath(root: string): string {
  return join(root, 'test', 'mutation', 'survivors.json');
}

/** Reads the committed list; throws `MutationScoreError` where it is malformed. */
export function readSurvivors(root: string): ExplainedSurvivor[] {
  const path = survivorsPath(root);
  if (!existsSync(path)) return [];
  try {
    return z.array(explainedSurvivor).parse(JSON.parse(readFileSync(path, 'utf8')));
  } catch (error) {
    throw new MutationScoreError(`${path}: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/**
 * The survivors of some areas with the reasons that the list gave for the same mutants of the same lines, wherever the
 * lines are now; an empty reason where it gave none. What it has of other areas stays.
 */
export function explainSurvivors(
  list: readonly ExplainedSurvivor[],
  measured: readonly string[],
  survivors: readonly Survivor[],
): ExplainedSurvivor[] {
  const key = ({ file, code, mutant }: Survivor) => `${file}\n${code}\n${mutant}`;
  const reasons = new Map(list.map((entry) => [key(entry), entry.why]));
  const others = list.filter(({ file }) => !measured.includes(areaOf(file)?.name ?? ''));
  const order = areas.map(({ name }) => name);
  const place = (file: string) => order.indexOf(areaOf(file)?.name ?? '');
  // A stable sort: by line within a file, as they come.
  return [...others, ...survivors.map((survivor) => ({ ...survivor, why: reasons.get(key(survivor)) ?? '' }))].sort(
    (a, b) => place(a.file) - place(b.file),
  );
}

export function writeSurvivors(root: string, list: readonly ExplainedSurvivor[]): void {
  writeFileSync(survivorsPath(root), `${JSON.stringify(list, undefined, 2)}\n`);
}
