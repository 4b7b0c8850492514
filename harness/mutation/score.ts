import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { areas, filesOf } from './areas.ts';

const count = z.int().nonnegative();

/** What became of the mutants of one area. */
const areaScore = z.strictObject({
  /** See `areas`. */
  area: z.string(),
  /** Digest of the sources the mutants were made of: see `sourcesDigest`. */
  sources: z.string(),
  /** Mutants that a test failed for. */
  killed: count,
  /** Mutants that made a test endless. */
  timedOut: count,
  /** Mutants that all tests passed with. */
  survived: count,
  /** Mutants that no test executes. */
  notCovered: count,
});

const scoreFile = z.strictObject({
  schema: z.literal('plumbline-mutation/1'),
  /** The version of Stryker that counted. */
  stryker: z.string(),
  areas: z.array(areaScore),
});

export type AreaScore = z.infer<typeof areaScore>;
export type MutationScore = z.infer<typeof scoreFile>;

/** A score that cannot be read: says what is wrong with which file. */
export class MutationScoreError extends Error {
  override readonly name = 'MutationScoreError';
}

/** The committed record of what mutation testing found last, by area. */
export function scorePath(root: string): string {
  return join(root, 'test', 'mutation', 'score.json');
}

/** Reads the committed score; undefined where there is none. Throws `MutationScoreError` where it is malformed. */
export function readScore(root: string): MutationScore | undefined {
  const path = scorePath(root);
  if (!existsSync(path)) return undefined;
  let value: unknown;
  try {
    value = JSON.parse(readFileSync(path, 'utf8'));
  } catch {
    throw new MutationScoreError(`${path}: is not JSON`);
  }
  const result = scoreFile.safeParse(value);
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  throw new MutationScoreError(`${path}: ${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'has another shape'}`);
}

/** Writes a score whose areas replace those of the committed one, in the order of `areas`. */
export function writeScore(root: string, stryker: string, measured: readonly AreaScore[]): void {
  const before = readScore(root)?.areas ?? [];
  const all = areas.flatMap(({ name }) => {
    const score = measured.find(({ area }) => area === name) ?? before.find(({ area }) => area === name);
    return score === undefined ? [] : [score];
  });
  const file: MutationScore = { schema: 'plumbline-mutation/1', stryker, areas: all };
  writeFileSync(scorePath(root), `${JSON.stringify(file, undefined, 2)}\n`);
}

/** Stryker's mutation score in percent: detected mutants of all. 100 where there are none. */
export function percentDetected({ killed, timedOut, survived, notCovered }: AreaScore): number {
  const detected = killed + timedOut;
  const all = detected + survived + notCovered;
  return all === 0 ? 100 : (100 * detected) / all;
}

/**
 * How an area's score relates to the sources at `root`: `current` – they are those that were mutated; `stale` – it was
 * measured for another engine.
 */
export function scoreState(root: string, score: AreaScore): 'current' | 'stale' {
  const area = areas.find(({ name }) => name === score.area);
  return area !== undefined && sourcesDigest(root, filesOf(root, area)) === score.sources ? 'current' : 'stale';
}

/** A digest of files and their paths, from which a score for other sources is told. */
export function sourcesDigest(root: string, files: readonly string[]): string {
  const hash = createHash('sha256');
  for (const file of files) {
    const bytes = readFileSync(join(root, file));
    hash.update(`${file} ${bytes.length}\n`).update(bytes);
  }
  return hash.digest('hex').slice(0, 16);
}
