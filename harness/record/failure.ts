import { z } from 'zod';

const count = z.int().nonnegative();
/** Hexadecimal with the prefix 0x; addresses and register values are beyond what a JSON number holds. */
const hex = z.string().regex(/^0x[0-9a-f]+$/);

/** An instruction near the place a failure is explained at. */
const explainedInstruction = z.strictObject({
  address: hex,
  text: z.string(),
  /** The CFI row in force, empty where there is none. */
  row: z.string(),
  here: z.boolean(),
});

/** One frame of the truth and of the answer: register name → value; a register that is not known is left out. */
const explainedFrame = z.strictObject({
  frame: count,
  /** What the truth says the frame is; `none` where the unwinder went on too far. */
  kind: z.string(),
  expected: z.record(z.string(), hex),
  actual: z.record(z.string(), hex),
});

/** Where the step that went wrong started: the frame whose row gives the next one. */
const explainedPlace = z.strictObject({
  /** 0 for the stop's own frame. */
  frame: count,
  /** What the truth says the frame is; `stop` for the stop's own. */
  kind: z.string(),
  /** Where it is stopped, or resumes. */
  pc: hex,
  /** Where its row is looked up: at `pc`, or of a frame that has called, at the byte before. */
  lookup: hex,
  /** The function it is in; `name` is empty where no symbol covers it. */
  function: z.strictObject({ name: z.string(), start: hex }),
});

/** What a reader needs to see why an answer is wrong. */
export const explanation = z.strictObject({
  place: explainedPlace,
  /** How the walk had to end, and how it did. */
  expectedEnding: z.string(),
  actualEnding: z.string(),
  /** The instructions around `place`, of its function only. */
  code: z.array(explainedInstruction),
  frames: z.array(explainedFrame),
});

/** The first stop of a group, in the order of programs, runs and stops. */
export const failureExample = z.strictObject({
  program: count,
  run: count,
  stop: count,
  pc: hex,
  /** One sentence: what was expected and what was answered. */
  message: z.string(),
  explanation: explanation.optional(),
});

/** A small program that shows a failure of the same kind as a random one does. */
const shrunkFailure = z.strictObject({
  /** The scenario that consists of it. */
  scenario: z.string(),
  instructions: count,
  /** Programs that were run to find it. */
  attempts: count,
  row: z.string(),
  example: failureExample,
  /** All of it, function by function. */
  code: z.array(z.strictObject({ name: z.string(), start: hex, code: z.array(explainedInstruction) })),
});

/** One line per group of failures: those of one unwinder in one scenario with the same CFI row and divergence. */
export const failureLine = z.strictObject({
  kind: z.literal('failure'),
  architecture: z.enum(['x86-64', 'aarch64']),
  scenario: z.string(),
  unwinder: z.string(),
  verdict: z.enum(['fail', 'missing', 'error']),
  /** The row of the frame from which the step went wrong; empty where there is none. */
  row: z.string(),
  /** What differs, such as `rbx`, `pc`, `stopped early`. */
  divergence: z.string(),
  count,
  /** Number of programs it was seen in. */
  programs: count,
  example: failureExample,
  /** Of the first failures of random programs. */
  shrunk: shrunkFailure.optional(),
});

/** Whether a divergence is that the unwinder hung or ended its process, as `hang`, `crash:SIGABRT` or `crash:exit 3`. */
export function isDeath(divergence: string): boolean {
  return divergence === 'hang' || divergence.startsWith('crash:');
}

export type ShrunkFailure = z.infer<typeof shrunkFailure>;
export type Explanation = z.infer<typeof explanation>;
export type FailureExample = z.infer<typeof failureExample>;
export type FailureLine = z.infer<typeof failureLine>;
