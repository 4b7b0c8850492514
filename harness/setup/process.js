import { spawnSync } from 'node:child_process';

/** A step of the set-up that cannot be done; its message says what the user can do. */
export class SetupError extends Error {
  /** @override */
  name = 'SetupError';
}

/**
 * Runs a program to its end and returns what it printed; throws `SetupError` with its last lines where it fails.
 * @param {string} command
 * @param {readonly string[]} args
 * @param {{ cwd?: string, env?: NodeJS.ProcessEnv, doing: string }} options `doing` names the step in the error
 * @returns {string}
 */
export function capture(command, args, options) {
  const result = spawnSync(command, args, {
    cwd: options.cwd,
    env: options.env ?? process.env,
    encoding: 'utf8',
    maxBuffer: 1 << 26,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  if (result.error !== undefined) throw new SetupError(`${options.doing}: ${command}: ${result.error.message}`);
  if (result.status !== 0) {
    const lines = `${result.stdout}${result.stderr}`.trim().split('\n').slice(-20).join('\n');
    throw new SetupError(
      `${options.doing} failed (${command}, ${result.signal ?? `status ${result.status}`}):\n${lines}`,
    );
  }
  return result.stdout;
}

/**
 * Runs a program on this terminal; returns its exit status (1 where a signal ended it).
 * @param {string} command
 * @param {readonly string[]} args
 * @param {{ cwd: string }} options
 * @returns {number}
 */
export function show(command, args, options) {
  const result = spawnSync(command, args, { cwd: options.cwd, stdio: 'inherit' });
  if (result.error !== undefined) throw new SetupError(`${command}: ${result.error.message}`);
  return result.status ?? 1;
}
