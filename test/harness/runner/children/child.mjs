// A child process for the tests of the pool: its jobs say what it has to do.
import { spawn } from 'node:child_process';
import { appendFileSync, existsSync, readFileSync, writeSync } from 'node:fs';

/** @type {{ number: number, job: string, trace?: string }[]} */
const queue = [];
/** @type {{ log?: string, broken?: boolean, brokenAfter?: string, slowStart?: number }} */
let settings = {};
let busy = false;

/** Jobs that were started so far, by all children, with the child's process number. */
function started() {
  if (!settings.log || !existsSync(settings.log)) return [];
  return readFileSync(settings.log, 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => {
      const [pid, job] = line.split(' ');
      return { pid: Number(pid), job };
    });
}

function next() {
  const entry = queue.shift();
  busy = entry !== undefined;
  if (entry === undefined) return;
  const { number, job, trace } = entry;
  const tell = (/** @type {string} */ step) => trace && writeSync(4, `${trace} ${step}\n`);
  if (settings.log) appendFileSync(settings.log, `${process.pid} ${job}\n`);
  if (job === 'abort') process.abort();
  if (job === 'exit') process.exit(3);
  // Dies the first N times.
  if (job.startsWith('dies:') && started().filter((one) => one.job === job).length <= Number(job.slice(5))) {
    process.kill(process.pid, 'SIGKILL');
  }
  // Dies once, as soon as another child is at work.
  if (job === 'dies-beside' && started().filter((one) => one.job === job).length === 1) {
    while (started().every(({ pid }) => pid === process.pid));
    process.kill(process.pid, 'SIGKILL');
  }
  if (job === 'hang') for (;;);
  // Writes for ever, but nothing that its parent asked for.
  if (job === 'babble') for (;;) writeSync(4, 'still here\n');
  // A process that outlives it keeps what it has for standard error.
  if (job === 'leaves-child') {
    spawn(process.execPath, ['-e', 'setTimeout(() => {}, 20000)'], { stdio: 'inherit', detached: true }).unref();
    process.exit(3);
  }
  if (job === 'traced-abort') {
    writeSync(2, 'said before\n');
    tell('first');
    tell('second, ä');
    writeSync(2, '\0said then');
    if (trace) writeSync(4, `not told by us\n${trace} not a whole li`);
    process.abort();
  }
  // Takes longer than any backstop of the tests, and says so.
  if (job === 'slow') {
    for (let step = 0; step < 8 && (step === 0 || trace); step++) {
      tell(`step ${step}`);
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, trace ? 400 : 60_000);
    }
  }
  process.send?.({ type: 'result', number, result: `${job} done` });
  setImmediate(next);
}

process.on('disconnect', () => process.exit());
process.on('message', (/** @type {any} */ message) => {
  if (message.type === 'settings') {
    settings = message.settings;
    if (settings.broken || started().some((one) => one.job === settings.brokenAfter)) {
      console.error('a library cannot be loaded');
      process.exit(7);
    }
    if (settings.slowStart) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, settings.slowStart);
    process.send?.({ type: 'ready', about: 'version 1' });
  } else {
    for (const entry of message.jobs) queue.push({ ...entry, trace: message.trace });
    if (!busy) next();
  }
});
