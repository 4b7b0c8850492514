// A child process for the tests of running programs: an unwinder's name says in which programs it dies, as `dies-in-2,3`.
import { appendFileSync, existsSync, statSync, writeSync } from 'node:fs';

/** @typedef {{ scenario: string, index: number, without: string[] }} Job */
/** @typedef {{ number: number, job: Job, trace?: string }} Entry */

/** @type {Entry[]} */
const queue = [];
/** @type {string[]} */
let unwinders = [];
/** A file that counts deaths, if that is asked for. */
let deaths = '';

const dies = (/** @type {string} */ name, /** @type {number} */ index) =>
  name === 'dies' || name.replace('dies-in-', '').split(',').includes(`${index}`);

function next() {
  const entry = queue.shift();
  if (entry === undefined) return;
  const { number, job, trace } = entry;
  const asked = unwinders.filter((name) => !job.without.includes(name));
  for (const name of asked) {
    if (trace) writeSync(4, `${trace} 0 7 0x42 ${name}\n`);
    if (dies(name, job.index)) {
      if (deaths !== '') appendFileSync(deaths, '.');
      process.exit(3);
    }
  }
  // Somebody else is told to be at work, for ever.
  if (job.scenario === 'lies') {
    if (trace) writeSync(4, `${trace} 0 7 0x42 nobody\n`);
    process.exit(3);
  }
  const verdicts = { pass: 5, fail: 0, missing: 0, error: 0 };
  process.send?.({ type: 'result', number, result: { program: { stops: 5, unwinders: asked, verdicts } } });
  setImmediate(next);
}

process.on('disconnect', () => process.exit());
process.on('message', (/** @type {any} */ message) => {
  if (message.type === 'settings') {
    unwinders = message.settings.unwinders;
    deaths = message.settings.seed;
    // Behind two deaths, no child gets ready any more.
    if (deaths !== '' && existsSync(deaths) && statSync(deaths).size >= 2) process.exit(7);
    process.send?.({ type: 'ready', about: { emulator: 'none' } });
  } else {
    for (const entry of message.jobs) queue.push({ ...entry, trace: message.trace });
    setImmediate(next);
  }
});
