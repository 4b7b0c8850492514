import { writeSync } from 'node:fs';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { type ChildMessage, type ParentMessage, stepMark, traceDescriptor } from './messages.ts';

/** Takes, as one line, what a job is about to do. */
export type Trace = (doing: string) => void;

type Work<Job, Result> = (job: Job, trace: Trace | undefined) => Result | Promise<Result>;

/**
 * The main loop of a child process: prepares itself with the settings, then does jobs in order and sends each result.
 * `work` gets a trace where it is to be told of which step of a job the process died. Ends when the parent is gone.
 */
export function serve<Settings, Job, About, Result>(
  prepare: (settings: Settings) => Promise<{ about: About; work: Work<Job, Result> }>,
): void {
  // Children live for seconds, in which most functions run a few times: compiled at once they take a tenth less time.
  setFlagsFromString('--always-sparkplug');
  const jobs: { readonly number: number; readonly job: Job; readonly trace: Trace | undefined }[] = [];
  let work: Work<Job, Result> | undefined;
  let busy = false;
  const send = (message: ChildMessage<About, Result>) => process.send?.(message);

  const next = async () => {
    const entry = work === undefined ? undefined : jobs.shift();
    busy = entry !== undefined;
    if (entry === undefined || work === undefined) return;
    const result = await work(entry.job, entry.trace);
    // One turn of the event loop first, so that a rejected promise the job left behind ends the process in its name.
    await nextTurn();
    entry.trace?.('');
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
      const trace = message.trace === undefined ? undefined : traceWith(message.trace);
      jobs.push(...message.jobs.map((entry) => ({ ...entry, trace })));
    }
    if (!busy) next();
  });
}

function traceWith(word: string): Trace {
  return (doing) => {
    write(traceDescriptor, `${word} ${doing}\n`);
    write(2, stepMark);
  };
}

/** The code at work may have closed what is written to: that is for the parent to notice, not for the job. */
function write(descriptor: number, text: string): void {
  try {
    writeSync(descriptor, text);
  } catch {
    // Without the line, the step before is taken for the last.
  }
}
