import { z } from 'zod';

/** Names the format of baseline files; a change that a reader must know of changes the number. */
export const baselineSchema = 'plumbline-baseline/1';

const known = z.strictObject({
  fingerprint: z.string(),
  kind: z.string(),
  /** The function it is in; empty where it is in none. */
  function: z.string(),
});

/** Findings that are known, so that only new ones fail a run. */
export const baseline = z.strictObject({
  schema: z.literal(baselineSchema),
  findings: z.array(known),
});

export type KnownFinding = z.infer<typeof known>;
export type Baseline = z.infer<typeof baseline>;
