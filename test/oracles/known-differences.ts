import { readFileSync } from 'node:fs';
import { z } from 'zod';
import type { OracleDifference, OracleFde } from '../../harness/oracles/index.ts';

const knownDifference = z.strictObject({
  id: z.string(),
  tool: z.enum(['readelf', 'llvm-dwarfdump']),
  /** What the version of the tool starts with. */
  versions: z.string(),
  /** What is read otherwise: `cfa`, a register, `fde`; anything without it. */
  what: z.string().optional(),
  /** What the tool prints somewhere about the file. */
  message: z.string().optional(),
  /** An instruction the tool prints in the same FDE, at or before the row. */
  after: z.string().optional(),
  engine: z.string().optional(),
  theirs: z.string().optional(),
  difference: z.string(),
  why: z.string(),
});

export type KnownDifference = z.infer<typeof knownDifference>;

/** Differences that are the tools' and not the engine's; each is proved again in every run, by a file of `proofOf`. */
export function readKnownDifferences(): KnownDifference[] {
  const text = readFileSync(new URL('known-differences.json', import.meta.url), 'utf8');
  return z.array(knownDifference).parse(JSON.parse(text));
}

/** Whether a known difference explains one that was found; `output` is what the tool prints, `theirs` what it reads. */
export function explains(
  known: KnownDifference,
  found: OracleDifference,
  output: string,
  theirs: readonly OracleFde[],
): boolean {
  if (known.tool !== found.tool) return false;
  if (known.what !== undefined && known.what !== found.what) return false;
  if (known.message !== undefined && !output.includes(known.message)) return false;
  if (known.engine !== undefined && known.engine !== found.engine) return false;
  if (known.theirs !== undefined && known.theirs !== found.theirs) return false;
  if (known.after === undefined) return true;
  const fde = theirs.find((one) => one.section === found.section && one.offset === found.fde);
  return (
    fde?.instructions?.some(({ opcode, location }) => opcode === known.after && location - fde.start <= found.at) ??
    false
  );
}
