import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { z } from 'zod';

const output = z.strictObject({
  version: z.string(),
  frames: z.int().positive(),
  walks: z.int().positive(),
  nsPerFrame: z.array(z.number().positive()).nonempty(),
});

/** What a program prints. */
export type ProgramOutput = z.infer<typeof output>;

/** A stack's depth, and how long it is walked. */
export interface ProgramArguments {
  readonly depth: number;
  readonly rounds: number;
  readonly roundMicroseconds: number;
}

/** Reads what a program of the folder `c` printed. Throws where it is something else. */
export function parseOutput(printed: string): ProgramOutput {
  let value: unknown;
  try {
    value = JSON.parse(printed);
  } catch {
    throw new Error(`its output is not JSON: ${printed.slice(0, 100)}`);
  }
  const result = output.safeParse(value);
  if (result.success) return result.data;
  const issue = result.error.issues[0]!;
  throw new Error(`its output is wrong: ${issue.path.join('.')}: ${issue.message}`);
}

/** Runs a program once. Throws with its words where it fails, and where it takes longer than a minute. */
export async function runProgram(program: string, options: ProgramArguments): Promise<ProgramOutput> {
  const args = [options.depth, options.rounds, options.roundMicroseconds].map(String);
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'], timeout: 60_000, killSignal: 'SIGKILL' });
  const ended = new Promise<string>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (status, signal) => resolve(signal ?? `status ${status}`));
  });
  const [printed, complaint, how] = await Promise.all([text(child.stdout), text(child.stderr), ended]);
  if (how !== 'status 0') throw new Error(`it ended with ${how}${complaint === '' ? '' : `: ${complaint.trim()}`}`);
  return parseOutput(printed);
}
