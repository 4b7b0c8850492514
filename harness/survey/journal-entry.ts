import { z } from 'zod';
import { explanation } from '../record/failure.ts';
import { verdicts } from '../record/schema.ts';
import { unpackEvidence } from './packed-evidence.ts';
import type { FunctionResult, SurveyAbout } from './result.ts';

/** One line of a journal: what a function gave, or what the children told of themselves. */
export type JournalEntry = { readonly key: string; readonly answer: JournalAnswer } | { readonly about: SurveyAbout };

/** What is known for good. */
export type JournalAnswer = { readonly result: FunctionResult } | { readonly problem: string };

const count = z.int().nonnegative();
const address = z.string().regex(/^0x[0-9a-f]+$/);
const places = z.array(z.int());

const call = z.strictObject({
  arguments: z.array(z.string()),
  outcome: z.enum(['finished', 'fault', 'limit', 'system-call', 'abi']),
  detail: z.string(),
  stops: count,
});

const failure = z.strictObject({
  unwinder: z.string(),
  verdict: z.enum(['fail', 'missing', 'error']),
  function: z.string(),
  module: z.string(),
  row: z.string(),
  rowText: z.strictObject({ cfa: z.string(), rules: z.record(z.string(), z.string()) }).nullable(),
  section: z.string(),
  divergence: z.string(),
  count,
  lookups: z.array(address),
  functionStart: address,
  contradiction: z.enum(['contradicts', 'agrees', 'undecided', 'disobeyed', 'overwritten', 'left']),
  example: z.strictObject({
    run: count,
    stop: count,
    pc: address,
    message: z.string(),
    explanation: explanation.optional(),
  }),
});

const rightness = z.enum(['right', 'wrong', 'undecided']);
const functionEvidence = z.strictObject({
  module: count,
  section: z.string(),
  fde: count,
  places: z.array(
    z.strictObject({
      offset: count,
      stops: count,
      behind: z.enum(['caller', 'nobody', 'varies']),
      cfa: z.array(z.tuple([count, z.int()])),
      cfaFrameSlots: places,
      saved: z.record(
        z.string().regex(/^\d+$/),
        z.strictObject({ registers: z.array(count), slots: places, frameSlots: places }),
      ),
      signed: z.enum(['yes', 'no', 'unknown']),
      row: z.strictObject({ cfa: rightness, rules: z.record(z.string().regex(/^\d+$/), rightness) }).optional(),
    }),
  ),
});

const evidence = z.strictObject({
  packed: z.string().refine(isEvidence, 'no packed evidence'),
  callsLeft: count,
  functionsLeft: count,
});

const result = z.strictObject({
  calls: z.array(call),
  coverage: z.strictObject({ executed: count, instructions: count }).optional(),
  unwinders: z.array(z.strictObject({ unwinder: z.string(), verdicts })),
  failures: z.array(failure),
  evidence: evidence.optional(),
});

const entry = z.union([
  z.strictObject({
    key: z.string(),
    answer: z.union([z.strictObject({ result }), z.strictObject({ problem: z.string() })]),
  }),
  z.strictObject({ about: z.strictObject({ emulator: z.string(), notes: z.array(z.string()) }) }),
]);

/** Reads a line; undefined where it is none that a journal could have. */
export function parseEntry(line: string): JournalEntry | undefined {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return undefined;
  }
  // Not what the schema gives back: a record made of it must have its keys in the order they were written in.
  return entry.safeParse(value).success ? (value as JournalEntry) : undefined;
}

function isEvidence(packed: string): boolean {
  try {
    return z.array(functionEvidence).safeParse(unpackEvidence(packed)).success;
  } catch {
    return false;
  }
}
