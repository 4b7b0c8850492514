import { type NumberedJob, Worker } from './worker.ts';

/** What became of a job: its result, or how the process that did it alone died. */
export type JobOutcome<Result> = { readonly result: Result } | { readonly died: string };

export interface PoolOptions<Settings> {
  /** JavaScript file a child runs. */
  readonly module: string;
  readonly children: number;
  readonly settings: Settings;
  /** Milliseconds without an answer after which a child is killed and its job counts as hung. */
  readonly backstop: number;
}

/** Jobs a child has at most; few, so that a death costs little. */
const given = 4;
/** Children that die one after the other before they are ready: the fault is not that of any job. */
const hopeless = 3;

/**
 * Does jobs in child processes and tells what became of each, in any order. The jobs a child leaves undone when it
 * dies are done again one by one in a fresh child: the one that kills that child too is to blame, the others are not
 * harmed. Returns what the first child said of itself. Rejects where no child gets ready.
 */
export function runInChildren<Settings, Job, About, Result>(
  options: PoolOptions<Settings>,
  jobs: readonly Job[],
  onOutcome: (number: number, outcome: JobOutcome<Result>) => void,
): Promise<About | undefined> {
  return new Promise((resolve, reject) => {
    type Child = Worker<Settings, Job, About, Result>;
    const workers = new Set<Child>();
    let about: About | undefined;
    let next = 0;
    let done = 0;
    let unreadyDeaths = 0;

    const finish = (error?: Error) => {
      for (const worker of workers) worker.end();
      workers.clear();
      if (error === undefined) resolve(about);
      else reject(error);
    };

    const settle = (number: number, outcome: JobOutcome<Result>) => {
      done++;
      onOutcome(number, outcome);
    };

    /** Gives a worker its next jobs: those to be done alone first, then a few from the list. */
    const feed = (worker: Child, alone: NumberedJob<Job>[]) => {
      if (done === jobs.length) return finish();
      if (alone.length > 0) {
        const job = alone[0];
        if (worker.pending.length === 0 && job !== undefined) worker.give(alone.splice(0, 1));
        return;
      }
      if (worker.pending.length > given / 2) return;
      const end = Math.min(jobs.length, next + given - worker.pending.length);
      const batch: NumberedJob<Job>[] = [];
      for (; next < end; next++) batch.push({ number: next, job: jobs[next]! });
      if (batch.length > 0) worker.give(batch);
    };

    const start = (alone: NumberedJob<Job>[]) => {
      let suspect = alone.length > 0;
      const worker: Child = new Worker(options.module, options.settings, options.backstop, {
        ready: (text) => {
          unreadyDeaths = 0;
          about ??= text;
          feed(worker, alone);
        },
        result: (number, result) => {
          settle(number, { result });
          if (worker.pending.length === 0) suspect = alone.length > 0;
          feed(worker, alone);
        },
        died: (how) => {
          workers.delete(worker);
          if (!worker.ready && ++unreadyDeaths === hopeless) {
            return finish(new Error(`the worker processes die before they are ready (${how})\n${worker.errorOutput}`));
          }
          const undone = worker.pending.splice(0);
          if (suspect && undone[0] !== undefined) settle(undone[0].number, { died: how });
          else alone.unshift(...undone);
          if (done === jobs.length) return finish();
          start(alone);
        },
      });
      workers.add(worker);
    };

    if (jobs.length === 0) return resolve(undefined);
    for (let child = 0; child < Math.min(options.children, jobs.length); child++) start([]);
  });
}
