import { spawnSync } from 'node:child_process';

/** A step of the set-up that cannot be done; its message says what the user can do. */
export class SetupError extends Error {
  /** @override */
  name = 'SetupError';
}

/**
 * Runs a program to its end and returns what it printed; throws `SetupError` with what it printed where it fails.
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
    const how = result.signal ?? `status ${result.status}`;
    throw new SetupError(`${options.doing} failed (${command}, ${how}):\n${shorten(result.stdout + result.stderr)}`);
  }
  return result.stdout;
}

/**
 * The beginning and the end of a long output: some tools say first what is wrong, others last.
 * @param {string} output
 * @returns {string}
 */
function shorten(output) {
  const lines = output.trim().split('\n');
  return (lines.length <= 30 ? lines : [...lines.slice(0, 20), '…', ...lines.slice(-10)]).join('\n');
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
