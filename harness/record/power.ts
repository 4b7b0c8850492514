import { z } from 'zod';

/** Names the format of `plumbline power --json`; a change that a reader must know of changes the number. */
export const powerSchema = 'plumbline-power/2';

const caught = z.strictObject({
  scenario: z.string(),
  index: z.int(),
  architecture: z.string(),
  unwinder: z.string(),
  /** What is wrong there. */
  message: z.string(),
});

/** A known bug, planted in a copy of the sources. */
const defect = z.strictObject({
  number: z.int(),
  title: z.string(),
  seenIn: z.string(),
  /** The first program that shows it; absent where none does. */
  caught: caught.optional(),
  /** The groups of scenarios whose quick programs show it, and where these are one only, others whose other ones do. */
  groups: z.array(z.string()),
});

/** A known bug that is not planted, and why. */
export const leftOut = z.strictObject({
  number: z.int(),
  seenIn: z.string(),
  reason: z.string().min(20),
});

/** What a group of scenarios brings. */
const group = z.strictObject({
  group: z.string(),
  scenarios: z.int(),
  /** Numbers of the defects it shows, and of those that no other counted group shows. */
  catches: z.array(z.int()),
  alone: z.array(z.int()),
  /** One of the latter that no program of another counted group shows, as far as was looked; absent where none is known. */
  confirmed: z.int().optional(),
});

export const defectPower = z.strictObject({
  defects: z.array(defect),
  /** Numbers of the only ones that were planted: then nothing is known of what a group shows alone. Absent: all were. */
  only: z.array(z.int()).optional(),
  leftOut: z.array(leftOut),
  groups: z.array(group),
  /** Groups in which others are mixed: each counted group must show a defect that no other counted one shows. */
  uncounted: z.array(z.string()),
});

const faultCounts = { caught: z.int(), missed: z.int(), equivalent: z.int(), unwritable: z.int() };
const namedCounts = z.array(z.strictObject({ name: z.string(), ...faultCounts }));
const programNote = z.strictObject({ program: z.string(), message: z.string() });

/** What became of programs with one fault in their call frame information, by fault and by group of scenarios. */
export const cfiPower = z.strictObject({
  /** Programs that faults were planted in. */
  programs: z.int(),
  ...faultCounts,
  /** Caught ones of those that do harm, 0 to 1. */
  share: z.number(),
  operators: namedCounts,
  groups: namedCounts,
  missedExamples: z.array(programNote),
  /** Programs that could not be judged. */
  problems: z.array(programNote),
  /** Programs the model has no words for, by reason. */
  unsayable: z.array(z.strictObject({ reason: z.string(), programs: z.int() })),
});

/** The committed mutation score of an area of the engine (`npm run mutation`). */
const engineArea = z.strictObject({
  area: z.string(),
  /** `stale`: measured with other sources. */
  state: z.enum(['current', 'stale', 'unmeasured']),
  detected: z.int(),
  mutants: z.int(),
  /** Detected ones of all, 0 to 100. */
  percent: z.number().optional(),
  /** 90 % are demanded of it, and a reason for every surviving mutant. */
  demanded: z.boolean(),
});

export const powerReport = z.strictObject({
  schema: z.literal(powerSchema),
  seed: z.string(),
  passed: z.boolean(),
  defects: defectPower.optional(),
  cfi: cfiPower.optional(),
  engine: z.array(engineArea).optional(),
});

export type LeftOut = z.infer<typeof leftOut>;
export type DefectPower = z.infer<typeof defectPower>;
export type CfiPower = z.infer<typeof cfiPower>;
export type EnginePower = readonly z.infer<typeof engineArea>[];
export type PowerReport = z.infer<typeof powerReport>;
