import { readFileSync } from 'node:fs';
import { z } from 'zod';
import type { OracleDifference, OracleFde } from '../../harness/oracles/index.ts';

const knownDifference = z.strictObject({
  id: z.string(),
  tool: z.enum(['readelf', 'llvm-dwarfdump']),
  /** What the version of the tool starts with. */
  versions: z.string(),
  /** What is read otherwise: `cfa` or a register. */
  what: z.string(),
  /** An instruction the tool prints in the same FDE, at or before the row. */
  after: z.string().optional(),
  engine: z.string().optional(),
  theirs: z.string().optional(),
  difference: z.string(),
  why: z.string(),
});

export type KnownDifference = z.infer<typeof knownDifference>;

/** Differences that are the tools' and not the engine's; each has to be seen in every run of the comparison. */
export function readKnownDifferences(): KnownDifference[] {
  const text = readFileSync(new URL('known-differences.json', import.meta.url), 'utf8');
  return z.array(knownDifference).parse(JSON.parse(text));
}

/** Whether a known difference explains one that was found; `theirs` is what the tool reads in the file. */
export function explains(known: KnownDifference, found: OracleDifference, theirs: readonly OracleFde[]): boolean {
  if (known.tool !== found.tool || known.what !== found.what) return false;
  if (known.engine !== undefined && known.engine !== found.engine) return false;
  if (known.theirs !== undefined && known.theirs !== found.theirs) return false;
  if (known.after === undefined) return true;
  const fde = theirs.find((one) => one.section === found.section && one.offset === found.fde);
  return (
    fde?.instructions?.some(({ opcode, location }) => opcode === known.after && location - fde.start <= found.at) ??
    false
  );
}
