import { type NumberedJob, Worker } from './worker.ts';

/** What became of a job: its result, or how the process that did it alone died. */
export type JobOutcome<Result> =
  | { readonly result: Result }
  | {
      readonly died: string;
      /** What the job last told that it was about to do; empty where it told nothing. */
      readonly doing: string;
      /** What its process wrote on its standard error since then, or the end of it. */
      readonly said: string;
    };

export interface PoolOptions<Settings> {
  /** JavaScript file a child runs. */
  readonly module: string;
  readonly children: number;
  readonly settings: Settings;
  /** Milliseconds in which a child neither answers nor traces anything, after which it is killed: its job hangs. */
  readonly backstop: number;
}

/** Jobs a child has at most; few, so that a death costs little. */
const given = 4;
/** Children that die one after the other before they are ready: the fault is not that of any job. */
const hopeless = 3;
/**
 * Times a job's process dies while it does nothing else before the job is blamed: one such death may have been
 * anybody's, such as the system's for want of memory. A child that hangs is killed here and by nobody else: once does.
 */
const convincing = 2;

/** No child gets ready, so nothing was done. */
export class WorkersError extends Error {
  override readonly name = 'WorkersError';
}

/** A job that was in a process that died, and how often it was alone there. */
interface Suspect<Job> {
  readonly entry: NumberedJob<Job>;
  deaths: number;
}

/**
 * Does jobs in child processes and tells what became of each, in any order. The jobs a child leaves undone when it
 * dies are done again one by one, and traced: one that kills its process when alone, too, is to blame, the others are
 * not harmed.
 * Where no child gets ready any more, the jobs that are left died of that. Returns what the first child said of
 * itself. Rejects with `WorkersError` where no child ever got ready.
 */
export function runInChildren<Settings, Job, About, Result>(
  options: PoolOptions<Settings>,
  jobs: readonly Job[],
  onOutcome: (number: number, outcome: JobOutcome<Result>) => void,
): Promise<About | undefined> {
  return new Promise((resolve, reject) => {
    type Child = Worker<Settings, Job, About, Result>;
    let next = 0;
    /** The living, and what gives each its next jobs. */
    const workers = new Map<Child, () => void>();
    const suspects: Suspect<Job>[] = [];
    // A job that is alone anyway need not die twice to be traced.
    if (jobs.length === 1) suspects.push({ entry: { number: next++, job: jobs[0]! }, deaths: 0 });
    const settled = new Set<number>();
    let about: About | undefined;
    let unreadyDeaths = 0;
    let wasReady = false;

    const settle = (number: number, outcome: JobOutcome<Result>) => {
      settled.add(number);
      onOutcome(number, outcome);
    };

    const finish = () => {
      for (const worker of workers.keys()) worker.end();
      workers.clear();
      resolve(about);
    };

    /** Ends without children: what they did stands. */
    const giveUp = (how: string, errorOutput: string) => {
      const problem = `the worker processes die before they are ready (${how})`;
      const said = errorOutput.trim();
      if (!wasReady) return reject(new WorkersError(said === '' ? problem : `${problem}\n${said}`));
      for (const number of jobs.keys())
        if (!settled.has(number)) settle(number, { died: problem, doing: '', said: errorOutput });
      finish();
    };

    const start = () => {
      /** What the worker does alone. */
      let alone: Suspect<Job> | undefined;

      /** Gives the worker its next jobs: one that is to be done alone first, then a few from the list. */
      const feed = () => {
        if (!worker.ready) return;
        const { length } = worker.pending;
        if (suspects.length > 0) {
          // One that is at work takes a suspect when it is done with what it has.
          if (length > 0) return;
          alone = suspects.shift()!;
          return worker.give([alone.entry], true);
        }
        if (alone !== undefined || length > given / 2) return;
        const end = Math.min(jobs.length, next + given - length);
        const batch: NumberedJob<Job>[] = [];
        for (; next < end; next++) batch.push({ number: next, job: jobs[next]! });
        if (batch.length > 0) worker.give(batch, false);
      };

      const worker: Child = new Worker(options.module, options.settings, options.backstop, {
        ready: (text) => {
          unreadyDeaths = 0;
          wasReady = true;
          about ??= text;
          feed();
        },
        result: (number, result) => {
          alone = undefined;
          settle(number, { result });
          if (settled.size === jobs.length) finish();
          else feed();
        },
        died: (how) => {
          workers.delete(worker);
          const undone = worker.pending.splice(0);
          if (alone === undefined) suspects.push(...undone.map((entry) => ({ entry, deaths: 0 })));
          else if (++alone.deaths >= convincing || how === 'hang')
            settle(alone.entry.number, { died: how, doing: worker.lastTrace, said: worker.errorOutput });
          else suspects.unshift(alone);
          if (settled.size === jobs.length) return finish();
          if (!worker.ready) unreadyDeaths++;
          if (unreadyDeaths < hopeless) start();
          else if (workers.size === 0) giveUp(how, worker.errorOutput);
          // Those that have nothing to do take what the dead one left.
          for (const wake of workers.values()) wake();
        },
      });
      workers.set(worker, feed);
    };

    if (jobs.length === 0) return resolve(undefined);
    for (let child = 0; child < Math.min(options.children, jobs.length); child++) start();
  });
}
