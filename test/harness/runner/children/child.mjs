// A child process for the tests of the pool: its jobs say what it has to do.
import { appendFileSync } from 'node:fs';

/** @type {{ number: number, job: string }[]} */
const queue = [];
/** @type {{ log?: string, broken?: boolean }} */
let settings = {};
let busy = false;

function next() {
  const entry = queue.shift();
  busy = entry !== undefined;
  if (entry === undefined) return;
  const { number, job } = entry;
  if (settings.log) appendFileSync(settings.log, `${process.pid} ${job}\n`);
  if (job === 'abort') process.abort();
  if (job === 'exit') process.exit(3);
  if (job === 'hang') for (;;);
  process.send?.({ type: 'result', number, result: `${job} done` });
  setImmediate(next);
}

process.on('disconnect', () => process.exit());
process.on('message', (/** @type {any} */ message) => {
  if (message.type === 'settings') {
    settings = message.settings;
    if (settings.broken) {
      console.error('a library cannot be loaded');
      process.exit(7);
    }
    process.send?.({ type: 'ready', about: 'version 1' });
  } else {
    queue.push(...message.jobs);
    if (!busy) next();
  }
});
