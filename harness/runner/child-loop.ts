import { setImmediate as nextTurn } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import type { ChildMessage, ParentMessage } from './messages.ts';

/**
 * The main loop of a child process: prepares itself with the settings, then does jobs in order and sends each result.
 * Ends when the parent is gone.
 */
export function serve<Settings, Job, About, Result>(
  prepare: (settings: Settings) => Promise<{ about: About; work: (job: Job) => Result | Promise<Result> }>,
): void {
  // Children live for seconds, in which most functions run a few times: compiled at once they take a tenth less time.
  setFlagsFromString('--always-sparkplug');
  const jobs: { readonly number: number; readonly job: Job }[] = [];
  let work: ((job: Job) => Result | Promise<Result>) | undefined;
  let busy = false;
  const send = (message: ChildMessage<About, Result>) => process.send?.(message);

  const next = async () => {
    const entry = work === undefined ? undefined : jobs.shift();
    busy = entry !== undefined;
    if (entry === undefined || work === undefined) return;
    const result = await work(entry.job);
    // One turn of the event loop first, so that a rejected promise the job left behind ends the process in its name.
    await nextTurn();
    send({ type: 'result', number: entry.number, result });
    // One turn of the event loop each, so that a result has left before a later job can end the process.
    setImmediate(next);
  };

  process.on('disconnect', () => process.exit());
  process.on('message', async (message: ParentMessage<Settings, Job>) => {
    if (message.type === 'settings') {
      const prepared = await prepare(message.settings);
      work = prepared.work;
      send({ type: 'ready', about: prepared.about });
    } else {
      jobs.push(...message.jobs);
    }
    if (!busy) next();
  });
}
