import { z } from 'zod';
import { verdicts } from './schema.ts';

/** Names the format of the records of `plumbline exec --all`; a change that a reader must know of changes the number. */
export const surveySchema = 'plumbline-survey/3';

const count = z.int().nonnegative();
const outcome = z.enum(['finished', 'fault', 'limit', 'system-call', 'abi']);
const blame = z.enum(['producer', 'engine', 'program', 'unknown']);
const perUnwinder = z.array(z.strictObject({ unwinder: z.string(), verdicts }));

/** First line. */
export const surveyHeader = z.strictObject({
  kind: z.literal('header'),
  schema: z.literal(surveySchema),
  versions: z.strictObject({ plumbline: z.string(), emulator: z.string() }),
  file: z.string(),
  architecture: z.string(),
  /** Files in memory by their names, each with its SHA-256 where it is one of disk. */
  modules: z.array(z.strictObject({ name: z.string(), sha256: z.string().optional() })),
  seed: z.string(),
  seeds: count,
  limit: count,
  /** Of the functions; absent where all are called. */
  match: z.string().optional(),
  /** What could not be loaded or made ready. */
  notes: z.array(z.string()),
});

const call = z.strictObject({
  /** What each argument is: a number, or the kind of memory it points to. */
  arguments: z.array(z.string()),
  outcome,
  detail: z.string(),
  stops: count,
});

/** A group of failing stops with who is to blame; as in `plumbline exec --json`, with the example's explanation. */
const failure = z.looseObject({
  unwinder: z.string(),
  verdict: z.enum(['fail', 'missing', 'error']),
  function: z.string(),
  module: z.string(),
  row: z.string(),
  divergence: z.string(),
  count,
  lookups: z.array(z.string()),
  functionStart: z.string(),
  blame,
  reason: z.string(),
  example: z.looseObject({ run: count, stop: count, pc: z.string(), message: z.string() }),
});

/** One line for each function, by name and address. */
export const surveyFunction = z.strictObject({
  kind: z.literal('function'),
  name: z.string(),
  /** As the file has it, hexadecimal. */
  address: z.string(),
  /** The process that called it died, or could not call it: how. */
  problem: z.string().optional(),
  calls: z.array(call),
  /** Instructions of the function, and how many of them were executed; absent where its size is not known. */
  coverage: z.strictObject({ executed: count, instructions: count }).optional(),
  unwinders: perUnwinder,
  failures: z.array(failure),
});

/** Names of the kinds of findings, as `harness/findings` explains them. */
export const findingKinds = [
  'wrong-cfa',
  'wrong-return-address',
  'wrong-register',
  'wrong-sign-state',
  'wrong-end',
  'unusable-row',
  'no-row',
  'unexplained-row',
  'engine-fault',
] as const;

const place = z
  .strictObject({
    offset: count,
    after: z.strictObject({ address: z.string(), text: z.string() }).readonly().exactOptional(),
  })
  .readonly();
const change = z
  .strictObject({
    action: z.enum(['add', 'move', 'replace', 'remove']),
    place,
    directive: z.string().exactOptional(),
    instead: z.string().exactOptional(),
    from: place.exactOptional(),
  })
  .readonly();
const texts = z.array(z.string()).readonly();

/** What is wrong at one place, whichever calls have shown it; as in `plumbline exec --json`. */
const finding = z.strictObject({
  kind: z.enum(findingKinds),
  function: z.string(),
  module: z.string(),
  section: z.string(),
  address: z.string(),
  offset: z.int(),
  instruction: z.string(),
  row: z.string(),
  truth: texts,
  changes: z.array(change).readonly(),
  instructions: count,
  verdicts: count,
  unwinders: texts,
  example: z.string(),
  blame,
  reason: z.string(),
  fingerprint: z.string(),
  /** Failing stops of the unwinder that has most of them. */
  stops: count,
  /** Functions that were called when it showed. */
  called: texts,
  /** The baseline knows it; absent where nothing was compared. */
  known: z.boolean().optional(),
});

/** The line behind those of the functions. */
export const surveyFindings = z.strictObject({
  kind: z.literal('findings'),
  /** In order of file and address. */
  findings: z.array(finding).readonly(),
  /** What was not looked at for them: failing calls, and functions in failing calls, as too many failed. */
  left: z.strictObject({ calls: count, functions: count }),
  /** Findings of the baseline that are there no longer; only with a baseline. */
  gone: z
    .array(z.strictObject({ fingerprint: z.string(), kind: z.string(), function: z.string() }))
    .readonly()
    .optional(),
});

/** Last line. */
export const surveyFinal = z.strictObject({
  kind: z.literal('final'),
  passed: z.boolean(),
  functions: count,
  /** Calls by how they ended. */
  outcomes: z.record(outcome, count),
  /** Functions whose process died, or that could not be called. */
  problems: count,
  stops: count,
  coverage: z.strictObject({ executed: count, instructions: count }),
  unwinders: perUnwinder,
  /** Failing verdicts by who is to blame. */
  blames: z.record(blame, count),
  timing: z.strictObject({ seconds: z.number(), jobs: count }),
});

export const surveyLine = z.discriminatedUnion('kind', [surveyHeader, surveyFunction, surveyFindings, surveyFinal]);

export type SurveyHeader = z.infer<typeof surveyHeader>;
export type SurveyFunction = z.infer<typeof surveyFunction>;
export type SurveyFailure = z.infer<typeof failure>;
export type SurveyFinding = z.infer<typeof finding>;
export type SurveyFindings = z.infer<typeof surveyFindings>;
export type SurveyFinal = z.infer<typeof surveyFinal>;
export type SurveyLine = z.infer<typeof surveyLine>;
