import { z } from 'zod';

/** Names the format of `plumbline bench --json`; a change that a reader must know of changes the number. */
export const benchSchema = 'plumbline-bench/1';

const amount = z.number().nonnegative();

/** Median and quartiles over the rounds. */
export const spread = z.strictObject({ median: amount, q1: amount, q3: amount });

/** A path on one stack: per frame, as a multiple of the frame-pointer walk of the same round. */
export const onStack = z.strictObject({
  ratio: amount,
  ratioSpread: spread,
  nanosecondsPerFrame: spread,
});

export const path = z.strictObject({
  description: z.string(),
  /** On the library's stack; on that of generated functions where there is no library. */
  ...onStack.shape,
  stacks: z.strictObject({ generated: onStack, library: onStack.optional() }),
});

export const stackShape = z.strictObject({
  depth: z.int(),
  /** Different return addresses. */
  distinctPcs: z.int(),
  /** Registers loaded per frame, the return address included. */
  registersPerFrame: amount,
  bytes: z.int(),
});

/** What one part of the fast path brings: the cost without it over the cost with it, everything else equal. */
export const ablation = z.strictObject({
  part: z.int(),
  name: z.string(),
  on: z.string(),
  off: z.string(),
  /** What is divided. */
  measure: z.enum(['time', 'bytes']),
  onRatio: amount,
  offRatio: amount,
  factor: amount,
});

export const comparison = z.strictObject({ before: amount, after: amount, factor: amount });

/** A point of a series: where on the axis, and ratios by path. */
export const point = z.strictObject({ at: amount, label: z.string(), ratios: z.record(z.string(), amount) });

/** How a path compares with the base: ratios to the frame-pointer walk. */
export const pathChange = z.strictObject({
  path: z.string(),
  stack: z.enum(['generated', 'library']),
  base: amount,
  now: amount,
  /** How much more it costs: 0.1 is ten percent more, -0.1 ten percent less. */
  change: z.number(),
  worse: z.boolean(),
});

/** What `--compare` finds. */
export const comparisonWithBase = z.strictObject({
  passed: z.boolean(),
  margin: amount,
  changes: z.array(pathChange),
  /** Paths of the base that were not measured now; each is a failure, as nothing watches them any more. */
  missing: z.array(z.string()),
  /** Paths the base does not know. */
  added: z.array(z.string()),
  /** How many times cheaper a cache hit is than the uncached path (`header` over `cached`): reported, never judged. */
  uncachedOverCached: z.strictObject({ base: amount.optional(), now: amount.optional() }),
  /** Why library stacks were not compared, where they were not. */
  note: z.string().optional(),
});

/** A format of unwind information, made from the call frame information of the module on the stack. */
export const encoding = z.strictObject({
  description: z.string(),
  /** Of all its sections. */
  bytes: z.int(),
  /** Walks without and with the rule cache: ratios to the frame-pointer walk. */
  uncached: amount,
  cached: amount,
  /** `uncached` over that of DWARF. */
  uncachedOverDwarf: amount,
  /** Opening it and looking one address up. */
  open: z.strictObject({ nanoseconds: amount, overDwarf: amount }),
});

export const benchReport = z.strictObject({
  schema: z.literal(benchSchema),
  mode: z.enum(['quick', 'full']),
  machine: z.strictObject({ cpu: z.string(), cores: z.int(), platform: z.string(), architecture: z.string() }),
  versions: z.strictObject({ plumbline: z.string(), node: z.string(), v8: z.string(), tinybench: z.string() }),
  /** The file whose rows the library stack is made of, without its folder. */
  library: z.strictObject({ name: z.string(), functions: z.int() }).optional(),
  stacks: z.strictObject({ generated: stackShape, library: stackShape.optional() }),
  paths: z.record(z.string(), path),
  rewrite: z.strictObject({ capture: comparison, walk: comparison }),
  ablation: z.array(ablation),
  series: z.strictObject({
    hitRate: z.array(point),
    savedRegisters: z.array(point),
    depth: z.array(point),
    functions: z.array(point),
    coldStart: z.array(point),
  }),
  bytesPerFrame: z.record(z.string(), amount),
  /** Other people's unwinders in C: time per frame over `cached`; a text says why one was not measured. */
  native: z.record(
    z.string(),
    z.union([z.strictObject({ ratio: amount, nanosecondsPerFrame: amount }), z.strictObject({ missing: z.string() })]),
  ),
  /** On the library's stack; on that of generated functions where there is no library. Older reports have none. */
  encodings: z.record(z.string(), encoding).optional(),
  /** Every row of the library's `.eh_frame` in a fresh process, and readelf printing them. */
  section: z
    .strictObject({
      rows: z.int(),
      functions: z.int(),
      milliseconds: amount,
      readelf: z.union([
        z.strictObject({ version: z.string(), milliseconds: amount, ratio: amount }),
        z.strictObject({ missing: z.string() }),
      ]),
    })
    .optional(),
  comparison: comparisonWithBase.optional(),
});

export type BenchSpread = z.infer<typeof spread>;
export type BenchOnStack = z.infer<typeof onStack>;
export type BenchPath = z.infer<typeof path>;
export type BenchStackShape = z.infer<typeof stackShape>;
export type BenchAblation = z.infer<typeof ablation>;
export type BenchComparison = z.infer<typeof comparison>;
export type BenchPoint = z.infer<typeof point>;
export type BenchEncodings = Record<string, z.infer<typeof encoding>>;
export type BenchPathChange = z.infer<typeof pathChange>;
export type BenchComparisonWithBase = z.infer<typeof comparisonWithBase>;
export type BenchReport = z.infer<typeof benchReport>;
