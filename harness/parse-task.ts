import { type Command, CommanderError } from 'commander';

/** Parses the arguments of a task of `npm run`. Returns an exit status where nothing is left to do: help, or wrong usage. */
export function parseTask(command: Command, args: readonly string[]): 0 | 2 | undefined {
  try {
    command.exitOverride().parse(args, { from: 'user' });
    return undefined;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    throw error;
  }
}
