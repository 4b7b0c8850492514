import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { findTool } from '../../oracles/tools.ts';
import type { BenchReport } from '../../record/bench.ts';
import { spreadOf } from '../measure/statistics.ts';
import type { Library } from '../stack/library.ts';

const answer = z.object({ functions: z.int(), rows: z.int(), milliseconds: z.number() });

/**
 * Has every row of a library worked out in fresh processes, and printed by readelf in between: as often as `turns`
 * says, of which the medians count. Starting node is not part of the time, compiling the engine's code is; readelf's
 * time is that of the whole process, with its output thrown away.
 */
export function measureSection({ file }: Library, turns: number): NonNullable<BenchReport['section']> {
  const readelf = findTool('readelf', 'x86-64');
  const own: z.infer<typeof answer>[] = [];
  const theirs: number[] = [];
  for (let turn = 0; turn < turns; turn++) {
    own.push(evaluateInChild(file));
    if (readelf !== undefined) theirs.push(timeOf(readelf.command, file));
  }
  const { functions, rows } = own[0]!;
  const milliseconds = spreadOf(own.map((run) => run.milliseconds)).median;
  if (readelf === undefined) return { functions, rows, milliseconds, readelf: { missing: 'readelf is not installed' } };
  const printed = spreadOf(theirs).median;
  const ratio = printed / milliseconds;
  return { functions, rows, milliseconds, readelf: { version: readelf.version, milliseconds: printed, ratio } };
}

function evaluateInChild(file: string): z.infer<typeof answer> {
  const module = fileURLToPath(new URL('section-child.js', import.meta.url));
  const { stdout, stderr, status } = spawnSync(process.execPath, [module, file], { encoding: 'utf8' });
  if (status !== 0) throw new Error(`evaluating ${file} failed: ${stderr}`);
  return answer.parse(JSON.parse(stdout));
}

function timeOf(command: string, file: string): number {
  const start = performance.now();
  const { error } = spawnSync(command, ['--debug-dump=frames-interp', file], { stdio: 'ignore' });
  if (error !== undefined) throw error;
  return performance.now() - start;
}
