import { Bench, type Task } from 'tinybench';
import { type Spread, spreadOf } from './statistics.ts';

/** One thing that is timed. */
export interface Timed {
  readonly name: string;
  /** Does the work once and returns how many frames it was. */
  run(): number;
}

export interface Effort {
  /** Rounds, in each of which everything is timed once; the order rotates. */
  readonly rounds: number;
  /** Samples of each in a round, of which the median counts. */
  readonly samples: number;
  /** Work is repeated until a sample takes about so long. */
  readonly sampleMilliseconds: number;
  /**
   * Each is run for so much of this process's CPU time before anything is timed, in turns, so that the code is compiled
   * and the caches are warm. Not the clock's time: on a busy machine little may happen in that.
   */
  readonly warmUpMilliseconds: number;
}

export const fullEffort: Effort = { rounds: 60, samples: 3, sampleMilliseconds: 0.3, warmUpMilliseconds: 400 };
export const quickEffort: Effort = { rounds: 15, samples: 3, sampleMilliseconds: 0.15, warmUpMilliseconds: 200 };

export interface Measurement {
  readonly nanosecondsPerFrame: Spread;
  /** Over the unit of the same round. */
  readonly ratio: Spread;
}

interface Prepared {
  readonly name: string;
  readonly task: Task;
  readonly framesPerSample: number;
  readonly nanoseconds: number[];
}

/** What each unit took at its fastest in this process, nanoseconds per frame. */
const fastestUnits = new Map<string, number>();
const mostAttempts = 4;

/**
 * Times everything in turns, in this process: each round takes every one's median and divides it by that of the first,
 * the unit. So whatever slows the machine down for a while meets all of them alike.
 *
 * On a busy machine the compiler may be late. Where the unit takes three times as long as it has done before, its code
 * is not the compiled one: then all is warmed up and measured again.
 */
export function measureInterleaved(all: readonly Timed[], effort: Effort): Map<string, Measurement> {
  const { name } = all[0]!;
  for (let attempt = 1; ; attempt++) {
    const measured = measureOnce(all, effort);
    const unit = measured.get(name)!.nanosecondsPerFrame.median;
    const fastest = Math.min(fastestUnits.get(name) ?? unit, unit);
    fastestUnits.set(name, fastest);
    if (unit < 3 * fastest || attempt === mostAttempts) return measured;
  }
}

function measureOnce(all: readonly Timed[], effort: Effort): Map<string, Measurement> {
  for (let turn = 0; turn < 4; turn++) for (const timed of all) runFor(timed, effort.warmUpMilliseconds / 4);
  const bench = new Bench({ time: 0, iterations: effort.samples, warmup: false });
  const prepared = all.map((timed) => prepare(bench, timed, effort));
  for (let round = 0; round < effort.rounds; round++) {
    for (let i = 0; i < prepared.length; i++) {
      const { task, framesPerSample, nanoseconds } = prepared[(i + round) % prepared.length]!;
      task.reset();
      task.runSync();
      const { result } = task;
      if (result.state === 'errored') throw result.error;
      if (result.state !== 'completed') throw new Error(`${task.name}: ${result.state}`);
      nanoseconds.push((result.latency.p50 * 1e6) / framesPerSample);
    }
  }
  const unit = prepared[0]!.nanoseconds;
  return new Map(
    prepared.map(({ name, nanoseconds }) => [
      name,
      { nanosecondsPerFrame: spreadOf(nanoseconds), ratio: spreadOf(nanoseconds.map((value, i) => value / unit[i]!)) },
    ]),
  );
}

/** How often the work fits into a sample, and a task that does it so often. */
function prepare(bench: Bench, timed: Timed, { sampleMilliseconds }: Effort): Prepared {
  let repeats = 1;
  let frames = 0;
  for (;;) {
    const start = performance.now();
    frames = 0;
    for (let i = 0; i < repeats; i++) frames += timed.run();
    const elapsed = performance.now() - start;
    if (elapsed >= 0.7 * sampleMilliseconds) break;
    repeats = Math.ceil(repeats * Math.min(10, Math.max(1.5, sampleMilliseconds / Math.max(elapsed, 1e-3))));
  }
  const count = repeats;
  bench.add(
    timed.name,
    () => {
      for (let i = 0; i < count; i++) timed.run();
    },
    { async: false },
  );
  return { name: timed.name, task: bench.getTask(timed.name)!, framesPerSample: frames, nanoseconds: [] };
}

function runFor(timed: Timed, milliseconds: number): void {
  const before = process.cpuUsage();
  let used = 0;
  while (used < milliseconds) {
    for (let i = 0; i < 16; i++) timed.run();
    const { user, system } = process.cpuUsage(before);
    used = (user + system) / 1000;
  }
}
