import { z } from 'zod';

/** Names the format of `plumbline check --json`; a change that a reader must know of changes the number. */
export const checkSchema = 'plumbline-check/1';

const finding = z.strictObject({
  kind: z.string(),
  section: z.string(),
  /** Byte offset in the section. */
  offset: z.int().optional(),
  /** Of the code it concerns, hexadecimal, as in the file. */
  address: z.string().optional(),
  /** The function there, where the file has a symbol for it. */
  function: z.string().optional(),
  message: z.string(),
  /** Tells it from others in every build of the same source. */
  fingerprint: z.string(),
  /** The baseline knows it. */
  known: z.boolean().optional(),
});

const kind = z.strictObject({
  severity: z.enum(['error', 'warning']),
  title: z.string(),
  about: z.string(),
  /** All there are, also those that are not listed. */
  count: z.int(),
});

const file = z.strictObject({
  file: z.string(),
  architecture: z.string(),
  /** Number of FDEs of each section. */
  fdes: z.record(z.string(), z.int()),
  /** What was found, by kind. */
  kinds: z.record(z.string(), kind),
  /** At most 1000 of a kind. */
  findings: z.array(finding),
});

const gone = z.strictObject({ fingerprint: z.string(), kind: z.string(), function: z.string() });

export const checkReport = z.strictObject({
  schema: z.literal(checkSchema),
  passed: z.boolean(),
  files: z.array(file),
  /** Findings of the baseline that are there no longer; only with a baseline. */
  gone: z.array(gone).optional(),
});

export type CheckFinding = z.infer<typeof finding>;
export type CheckFile = z.infer<typeof file>;
export type CheckReport = z.infer<typeof checkReport>;
