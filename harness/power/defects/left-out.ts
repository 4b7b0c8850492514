import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { type LeftOut, leftOut } from '../../record/power.ts';

/** The list of bugs that no patch plants cannot be read: says what is wrong with which file. */
export class LeftOutError extends Error {
  override readonly name = 'LeftOutError';
}

/** The known bugs that no patch plants, with reasons: `left-out.json` beside the patches. Throws a `LeftOutError`. */
export function readLeftOut(folder: string): LeftOut[] {
  const path = join(folder, 'left-out.json');
  try {
    return z.array(leftOut).parse(JSON.parse(readFileSync(path, 'utf8')));
  } catch (error) {
    throw new LeftOutError(`${path}: ${error instanceof Error ? error.message : String(error)}`);
  }
}
