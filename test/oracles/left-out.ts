import { readFileSync } from 'node:fs';
import { z } from 'zod';
import type { OracleDifference } from '../../harness/oracles/index.ts';

const leftOut = z.strictObject({
  tool: z.enum(['readelf', 'llvm-dwarfdump']),
  /** What the version of the tool starts with. */
  versions: z.string(),
  scenario: z.string(),
  /** What is read otherwise: see `OracleDifference`. */
  what: z.string(),
  /** What the tool prints about such a file. */
  message: z.string().optional(),
  why: z.string(),
});

/** A scenario of which a tool reads some programs so differently that its rows are not compared. */
export type LeftOut = z.infer<typeof leftOut>;

/** The scenarios that are left out; each must go on to differ in the way it says. */
export function readLeftOut(): LeftOut[] {
  const text = readFileSync(new URL('left-out.json', import.meta.url), 'utf8');
  return z.array(leftOut).parse(JSON.parse(text));
}

/** Whether the differences found in a file are what a scenario is left out for; `output` is what the tool prints. */
export function isReason({ what, message }: LeftOut, found: readonly OracleDifference[], output: string): boolean {
  return found.some((difference) => difference.what === what) && (message === undefined || output.includes(message));
}
