import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Area } from './areas.ts';
import { MutationScoreError } from './score.ts';
import { parseReport, type StrykerReport } from './stryker-report.ts';

/** Where the configuration has Stryker leave its report and its copies of the project. */
const work = join('.cache', 'mutation');

/**
 * Runs Stryker, whose progress goes to this terminal, on some files of an area. What it found of an area before is used
 * again for what has not changed since. Throws `MutationScoreError` where it does not come to an end.
 */
export function runStryker(root: string, area: Area, files: readonly string[], concurrency: string): StrykerReport {
  const packages = join(root, 'test', 'mutation');
  const stryker = join(packages, 'node_modules', '@stryker-mutator', 'core', 'bin', 'stryker.js');
  if (!existsSync(stryker)) install(packages);
  mkdirSync(join(root, work), { recursive: true });
  const report = join(root, work, 'report.json');
  rmSync(report, { force: true });
  console.error(`${area.name}: ${files.length} files`);
  const args = ['run', join('test', 'mutation', 'stryker.config.js'), '--concurrency', concurrency];
  args.push('--mutate', files.join(','), '--incrementalFile', join(work, `${area.name}.json`));
  const result = spawnSync(process.execPath, [stryker, ...args], {
    cwd: root,
    stdio: 'inherit',
    env: { ...process.env, PLUMBLINE_MUTATION_TESTS: area.tests.join(' ') },
  });
  if (result.status !== 0 || !existsSync(report)) {
    throw new MutationScoreError(`${area.name}: Stryker ended with ${result.signal ?? `status ${result.status}`}`);
  }
  return parseReport(readFileSync(report, 'utf8'));
}

/** Stryker and its plugin are a package of their own, so that installing Plumbline does not install them. */
function install(folder: string): void {
  console.error('installing Stryker …');
  const npm = process.env.npm_execpath;
  const args = ['ci', '--ignore-scripts', '--no-audit', '--no-fund'];
  const [command, all] = npm?.endsWith('.js') ? [process.execPath, [npm, ...args]] : ['npm', args];
  const { status } = spawnSync(command, all, { cwd: folder, stdio: 'inherit' });
  if (status !== 0) throw new MutationScoreError(`${folder}: the packages could not be installed`);
}
