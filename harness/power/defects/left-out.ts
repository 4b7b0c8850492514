import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { type LeftOut, leftOut } from '../../record/power.ts';

/** The known bugs that no patch plants, with reasons: `left-out.json` beside the patches. Throws a `ZodError`. */
export function readLeftOut(folder: string): LeftOut[] {
  return z.array(leftOut).parse(JSON.parse(readFileSync(join(folder, 'left-out.json'), 'utf8')));
}
