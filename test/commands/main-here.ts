import { expect, vi } from 'vitest';
import { main } from '../../harness/cli/main.ts';
import type { Finished } from './plumbline.ts';

/** The command line in this process, for what it refuses before anything runs: that a command takes a second to start. */
export async function mainHere(...args: readonly string[]): Promise<Finished> {
  let stdout = '';
  let stderr = '';
  const spies = [
    vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
      stdout += text;
      return true;
    }),
    vi.spyOn(process.stderr, 'write').mockImplementation((text) => {
      stderr += text;
      return true;
    }),
    vi.spyOn(console, 'log').mockImplementation((text) => {
      stdout += `${text}\n`;
    }),
    vi.spyOn(console, 'error').mockImplementation((text) => {
      stderr += `${text}\n`;
    }),
  ];
  try {
    const status = await main(args, { provideUnicorn: () => expect.unreachable('nothing is to run') });
    return { status, stdout, stderr };
  } finally {
    for (const spy of spies) spy.mockRestore();
  }
}
