import { z } from 'zod';

/** Names the format of `plumbline compact --json`; a change that a reader must know of changes the number. */
export const compactSchema = 'plumbline-compact/1';

const count = z.int().nonnegative();
const address = z.string().regex(/^0x[0-9a-f]+$/);

/** A place where an encoding and DWARF do not mean the same. */
export const inexactPlace = z.strictObject({
  /** Of an archive: the object. */
  member: z.string().optional(),
  /** Of the function and of the first address. */
  function: address,
  address,
  /** Addresses from there on. */
  size: count,
  /** Both rows in words; `none` where there is none, or the error there is instead. */
  dwarf: z.string(),
  encoding: z.string(),
});

/** One step from each PC of some functions, from the file as it was and from what was emitted. */
export const compactSteps = z.strictObject({
  functions: count,
  /** Steps that were compared, and those of them that went to a caller. */
  steps: count,
  toCaller: count,
  different: count,
  differences: z.array(z.strictObject({ pc: address, original: z.string(), emitted: z.string() })),
});

/** What became of a file's functions in one encoding; `functions` is the sum of the four counts and of `inexact`. */
export const compactEncoding = z.strictObject({
  functions: count,
  /** All rows as DWARF has them. */
  strict: count,
  /** Some rows recover the same values for the reasons counted in `popped` and `pushed` (rows), proven from the code. */
  valueEqual: count,
  popped: count,
  pushed: count,
  /** Functions that stay DWARF, by reason. */
  fallback: z.record(z.string(), count),
  /** Functions with a row that does not mean the same. */
  inexact: count,
  examples: z.array(inexactPlace),
  /** All descriptors, or whatever the encoding has instead, of functions that do not stay DWARF. */
  descriptors: count,
  /** Pairs of rows that were compared. */
  compared: count,
  /** Addresses without an FDE, between functions, that the encoding answers for. */
  beyond: count,
  /** Functions whose LSDA and personality routine were looked up and compared with their FDE's, and those that differ. */
  lsda: z.strictObject({ checked: count, wrong: count }).optional(),
  steps: compactSteps.optional(),
  bytes: z.record(z.string(), count),
  totalBytes: count,
  originalBytes: count,
});

export const compactFile = z.strictObject({
  file: z.string(),
  kind: z.enum(['linked', 'object', 'archive']),
  architecture: z.enum(['x86-64', 'aarch64']),
  /** Objects with unwind information; 1 of what is no archive. */
  members: count,
  /** Of the file, by section. */
  original: z.record(z.string(), count),
  encodings: z.record(z.string(), compactEncoding),
});

export const compactReport = z.strictObject({ schema: z.literal(compactSchema), files: z.array(compactFile) });

export type InexactPlace = z.infer<typeof inexactPlace>;
export type CompactEncoding = z.infer<typeof compactEncoding>;
export type CompactFile = z.infer<typeof compactFile>;
export type CompactReport = z.infer<typeof compactReport>;
export type CompactSteps = z.infer<typeof compactSteps>;
