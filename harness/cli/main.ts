import { Command, CommanderError } from 'commander';
import { ManifestError } from '../compiled/manifest.ts';
import { PatchError } from '../defects/patch.ts';
import { MutationScoreError } from '../mutation/score.ts';
import { packageVersion } from '../package-folder.ts';
import { LeftOutError } from '../power/defects/left-out.ts';
import { WorkersError } from '../runner/pool.ts';
import { UnwinderModuleError } from '../unwinders/module/module-error.ts';
import type { CommandContext } from './context.ts';
import { UsageError } from './usage-error.ts';

type MakeCommand = (exit: (status: number) => void, context: CommandContext) => Command;

/** In the order of the help; each is loaded where it is asked for, since all of them take a second. */
const commands: Readonly<Record<string, () => Promise<MakeCommand>>> = {
  run: async () => (await import('./run.ts')).runCommand,
  explain: async () => (await import('./explain.ts')).explainCommand,
  exec: async () => (await import('./exec.ts')).execCommand,
  bench: async () => (await import('./bench.ts')).benchCommand,
  power: async () => (await import('./power.ts')).powerCommand,
  check: async () => (await import('./check.ts')).checkCommand,
  compact: async () => (await import('./compact.ts')).compactCommand,
  list: async () => (await import('./list.ts')).listCommand,
};

/**
 * The command line: runs a command and returns the exit status: 0 – all passed, 1 – something did not, 2 – the command
 * line or a file it names cannot be used.
 */
export async function main(args: readonly string[], context: CommandContext): Promise<number> {
  let status = 0;
  const exit = (code: number) => {
    status = code;
  };
  const program = new Command('plumbline')
    .description('Runs machine code in an emulator and holds stack unwinders against the truth at every instruction.')
    .version(packageVersion())
    .showHelpAfterError('(--help lists the commands)');
  const [asked = ''] = args;
  for (const load of Object.hasOwn(commands, asked) ? [commands[asked]!] : Object.values(commands)) {
    const command = (await load())(exit, context);
    program.addCommand(
      command.exitOverride().allowExcessArguments(false).showHelpAfterError('(--help lists the flags)'),
    );
  }
  program.exitOverride();
  try {
    await program.parseAsync(args, { from: 'user' });
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    if (error instanceof WorkersError) {
      console.error(`plumbline: ${error.message}`);
      return 1;
    }
    if (!isUsageError(error)) throw error;
    console.error(`plumbline: ${error.message}`);
    return 2;
  }
  return status;
}

function isUsageError(error: unknown): error is Error {
  return [UsageError, ManifestError, UnwinderModuleError, PatchError, LeftOutError, MutationScoreError].some(
    (kind) => error instanceof kind,
  );
}
