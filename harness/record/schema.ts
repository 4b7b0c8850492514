import { z } from 'zod';
import { failureLine } from './failure.ts';
import { producerFaultLine } from './producer-fault.ts';

/** Names the format of the lines below; a change that a reader must know of changes the number. */
export const recordSchema = 'plumbline-record/1';

const count = z.int().nonnegative();
const architecture = z.enum(['x86-64', 'aarch64']);

/** How often each verdict was given. A program that could not be run counts as one error. */
export const verdicts = z.strictObject({ pass: count, fail: count, missing: count, error: count });

/** How many functions an encoding could describe. */
export const encodingCoverage = z.strictObject({
  functions: count,
  /** Descriptors, or whatever the encoding has instead. */
  descriptors: count,
  /** Functions that stay DWARF, by reason. */
  fallbacks: z.record(z.string(), count),
});

/** What became of programs with one fault in their call frame information: see `WrongProgramCounts`. */
export const wrongPrograms = z.strictObject({
  programs: count,
  harmful: count,
  harmStops: count,
  foundStops: count,
  unfoundedStops: count,
  chanceStops: count,
  unsayable: count,
});

/** What one unwinder did with a program, a scenario or everything of an architecture. */
const answers = {
  unwinder: z.string(),
  verdicts,
  /** Of `verdicts.missing`, those not excused by a feature that the unwinder declares to lack. */
  unexpectedMissing: count,
  /** Stops without a verdict: the answer is wrong as the program's own call frame information is known to be. */
  producerFaults: count,
  /** Of an unwinder that encodes what programs have, summed over the programs that it could open. */
  coverage: encodingCoverage.optional(),
};

/** Which part of the emitted instructions was executed; of compiled programs, none is counted. */
const coverage = { executed: count, emitted: count };

/** First line. */
export const headerLine = z.strictObject({
  kind: z.literal('header'),
  schema: z.literal(recordSchema),
  versions: z.strictObject({
    plumbline: z.string(),
    /** The emulator's name and version, such as `Unicorn 2.0.1`. */
    emulator: z.string(),
  }),
  seed: z.string(),
  mode: z.enum(['quick', 'full']),
  scenarios: z.array(
    z.strictObject({ name: z.string(), description: z.string(), source: z.string(), needs: z.array(z.string()) }),
  ),
  unwinders: z.array(
    z.strictObject({
      name: z.string(),
      description: z.string(),
      lacks: z.array(z.string()),
      /** The file it comes from, as the command line named it; without it, it is one of Plumbline's own. */
      module: z.string().optional(),
      /** That file exports it as an encoding, which the engine unwinds from. */
      isEncoding: z.literal(true).optional(),
    }),
  ),
  /** Seconds without an answer after which an unwinder hung, where the command line said so. */
  timeout: z.int().positive().optional(),
  timing: z.strictObject({ node: z.string(), platform: z.string(), jobs: count, started: z.string() }),
});

/** One line a program, in the order of architecture, scenario and index. */
export const programLine = z.strictObject({
  kind: z.literal('program'),
  architecture,
  scenario: z.string(),
  index: count,
  /** Digest of the ELF file; empty where it could not be generated. */
  sha256: z.string(),
  stops: count,
  distinctPcs: count,
  /** Distinct pairs of a stop's row and its caller's row, by what the rows say. */
  rowPairs: count,
  /** Stops at the PC that has most of them. */
  busiestPcStops: count,
  ...coverage,
  /** Bytes of generated code, and those of them that are only padding. */
  codeBytes: count,
  paddingBytes: count,
  /** (stop, callee-saved register) pairs compared in the first caller, and those whose value is not the live one. */
  registerPairs: z.strictObject({ compared: count, differing: count }),
  unwinders: z.array(z.strictObject(answers)),
  timing: z.strictObject({ seconds: z.number(), unwinders: z.record(z.string(), z.number()) }),
});

/** One line per architecture, scenario and unwinder. */
export const summaryLine = z.strictObject({
  kind: z.literal('summary'),
  architecture,
  scenario: z.string(),
  ...answers,
  programs: count,
  stops: count,
  distinctPcs: count,
  rowPairs: count,
  ...coverage,
  timing: z.strictObject({ seconds: z.number() }),
});

/** Last line: the sums over everything. */
export const finalLine = z.strictObject({
  kind: z.literal('final'),
  /** No fail, no error, no unexpected missing. */
  passed: z.boolean(),
  architectures: z.array(
    z.strictObject({
      architecture,
      programs: count,
      stops: count,
      distinctPcs: count,
      rowPairs: count,
      /** Share of the stops that the PC with most of them supplies, 0 to 1. */
      busiestPcShare: z.number(),
      ...coverage,
      codeBytes: count,
      paddingBytes: count,
      registerPairs: z.strictObject({ compared: count, differing: count }),
      wrong: wrongPrograms.optional(),
      unwinders: z.array(
        z.strictObject({
          ...answers,
          programs: count,
          stops: count,
          distinctPcs: count,
          rowPairs: count,
          ...coverage,
        }),
      ),
    }),
  ),
  timing: z.strictObject({
    seconds: z.number(),
    /** Seconds spent unwinding and judging, by architecture and unwinder, summed over all processes. */
    unwinders: z.record(z.string(), z.record(z.string(), z.number())),
  }),
});

export const recordLine = z.discriminatedUnion('kind', [
  headerLine,
  programLine,
  failureLine,
  producerFaultLine,
  summaryLine,
  finalLine,
]);

export type EncodingCoverage = z.infer<typeof encodingCoverage>;
export type Verdicts = z.infer<typeof verdicts>;
export type HeaderLine = z.infer<typeof headerLine>;
export type ProgramLine = z.infer<typeof programLine>;
export type SummaryLine = z.infer<typeof summaryLine>;
export type FinalLine = z.infer<typeof finalLine>;
export type RecordLine = z.infer<typeof recordLine>;
