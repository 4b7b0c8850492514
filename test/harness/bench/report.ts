import type { BenchOnStack, BenchReport } from '../../../harness/record/bench.ts';

export function onStack(ratio: number): BenchOnStack {
  const around = (value: number) => ({ median: value, q1: 0.9 * value, q3: 1.1 * value });
  return { ratio, ratioSpread: around(ratio), nanosecondsPerFrame: around(2 * ratio) };
}

/** A report whose paths cost so much on the stack of generated functions, and twice as much on the library's. */
export function reportOf(ratios: Readonly<Record<string, number>>, library = 'libsome.so.1'): BenchReport {
  const shape = { depth: 128, distinctPcs: 56, registersPerFrame: 4, bytes: 20_000 };
  return {
    schema: 'plumbline-bench/1',
    mode: 'quick',
    machine: { cpu: 'Some CPU', cores: 2, platform: 'linux', architecture: 'x64' },
    versions: { plumbline: '0.1.0', node: 'v20.19.0', v8: '11.3', tinybench: '6.2.3' },
    library: { name: library, functions: 95_000 },
    stacks: { generated: shape, library: shape },
    paths: Object.fromEntries(
      Object.entries(ratios).map(([name, ratio]) => [
        name,
        {
          description: `the path ${name}`,
          ...onStack(2 * ratio),
          stacks: { generated: onStack(ratio), library: onStack(2 * ratio) },
        },
      ]),
    ),
    rewrite: {
      capture: { before: 900, after: 9, factor: 100 },
      walk: { before: 200, after: 8, factor: 25 },
    },
    ablation: [
      {
        part: 2,
        name: 'rule cache',
        on: 'every lookup a hit',
        off: 'no cache',
        measure: 'time',
        onRatio: 8,
        offRatio: 64,
        factor: 8,
      },
      {
        part: 7,
        name: 'rule sets interned',
        on: '9 sets',
        off: 'each row',
        measure: 'bytes',
        onRatio: 2,
        offRatio: 70,
        factor: 35,
      },
    ],
    series: {
      hitRate: [{ at: 1, label: '100.0 % hits, 56 addresses', ratios: { cached: 8 } }],
      savedRegisters: [{ at: 0, label: '0 saved', ratios: { cached: 6, header: 60 } }],
      depth: [{ at: 16, label: '16 frames', ratios: { cached: 8, header: 64 } }],
      functions: [{ at: 1e6, label: '1,000,000 functions', ratios: { cached: 8, header: 80 } }],
      coldStart: [{ at: 12, label: 'header', ratios: { 'warm cached walks': 3000 } }],
    },
    bytesPerFrame: { cached: 0.004, naive: 14_000 },
    encodings: {
      dwarf: {
        description: 'call frame information',
        bytes: 5_794_296,
        uncached: 240,
        cached: 9,
        uncachedOverDwarf: 1,
        open: { nanoseconds: 4000, overDwarf: 1 },
      },
      'compact-stream': {
        description: 'a stream',
        bytes: 378_852,
        uncached: 120,
        cached: 9.5,
        uncachedOverDwarf: 0.5,
        open: { nanoseconds: 10_000, overDwarf: 2.5 },
      },
    },
    native: { libgcc: { ratio: 4.5, nanosecondsPerFrame: 81 }, elfutils: { missing: 'elfutils is not installed' } },
    section: {
      rows: 860_973,
      functions: 94_994,
      milliseconds: 40,
      readelf: { version: '2.40', milliseconds: 600, ratio: 15 },
    },
  };
}
