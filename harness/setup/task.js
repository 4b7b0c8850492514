import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { styleText } from 'node:util';
import { runCommand } from './command.js';
import { isDebianLike, withPackages } from './debian-package.js';
import { root } from './paths.js';
import { SetupError, show } from './process.js';
import { prepareClone, prepareUnicorn } from './steps.js';

const colours = process.stderr.isTTY && process.env.NO_COLOR === undefined;

/** @param {number} start milliseconds */
const seconds = (start) => `${((performance.now() - start) / 1000).toFixed(1)} s`;

/**
 * @param {string} mark
 * @param {string} text
 */
function line(mark, text) {
  console.error(colours ? `${styleText(mark === '✗' ? 'red' : 'green', mark)} ${text}` : `${mark} ${text}`);
}

/**
 * Does one step of the set-up and prints how long it took.
 * @param {string} doing
 * @param {() => void} step
 */
function timed(doing, step) {
  const start = performance.now();
  step();
  line('✓', `${doing}: ${seconds(start)}`);
}

function setUp() {
  const start = performance.now();
  prepareClone(timed);
  timed('finding Unicorn', () => {
    const path = prepareUnicorn((doing) => console.error(`  ${doing} …`));
    console.error(`  ${path}`);
  });
  line('✓', `set-up: ${seconds(start)} in all`);
}

/**
 * The checks of `npm test`, in order; the first that fails ends it.
 * @param {readonly string[]} args for vitest
 * @returns {number} exit status
 */
function runTests(args) {
  const bin = (/** @type {string[]} */ ...path) => join(root, 'node_modules', ...path);
  /** @type {[string, string[]][]} */
  const checks = [
    ['types', [bin('typescript', 'bin', 'tsc'), '-p', 'tsconfig.json']],
    [
      'format, lint, import directions',
      [bin('@biomejs', 'biome', 'bin', 'biome'), 'ci', ...(process.stdout.isTTY ? [] : ['--colors=off']), '.'],
    ],
    ['tests', [bin('vitest', 'vitest.mjs'), 'run', ...args]],
  ];
  for (const [name, command] of checks) {
    const start = performance.now();
    const status = show(process.execPath, command, { cwd: root });
    line(status === 0 ? '✓' : '✗', `${name}: ${seconds(start)}`);
    if (status !== 0) return status;
  }
  return 0;
}

/**
 * @param {readonly string[]} args
 * @returns {Promise<number>} exit status
 */
async function runDefects(args) {
  const defects = await import(pathToFileURL(join(root, 'dist', 'harness', 'defects', 'main.js')).href);
  return await defects.main(args, root);
}

/**
 * @param {readonly string[]} args
 * @returns {Promise<number>} exit status
 */
async function runMutation(args) {
  const mutation = await import(pathToFileURL(join(root, 'dist', 'harness', 'mutation', 'main.js')).href);
  return mutation.main(args, root);
}

/**
 * @param {readonly string[]} args
 * @returns {Promise<number>} exit status
 */
async function runCatalogue(args) {
  const catalogue = await import(pathToFileURL(join(root, 'dist', 'harness', 'catalogue', 'main.js')).href);
  return catalogue.main(args, root);
}

/**
 * @param {readonly string[]} args
 * @returns {Promise<number>} exit status
 */
async function runLibraries(args) {
  const libraries = await import(pathToFileURL(join(root, 'dist', 'harness', 'libraries', 'main.js')).href);
  return libraries.main(args, isDebianLike() ? withPackages : undefined);
}

/**
 * @param {readonly string[]} args
 * @returns {Promise<number>} exit status
 */
async function runSurvey(args) {
  const survey = await import(pathToFileURL(join(root, 'dist', 'harness', 'survey', 'main.js')).href);
  return await survey.main(args, root, () => runLibraries(['exec']));
}

/**
 * @param {string | undefined} task `suite`, `test`, `defects`, `mutation`, `catalogue`, `libraries`, `survey` or `build`
 * @param {readonly string[]} args passed on
 * @returns {Promise<number>} exit status
 */
export async function runTask(task, args) {
  try {
    switch (task) {
      case 'build':
        prepareClone(timed);
        return 0;
      case 'suite':
        setUp();
        return await runCommand(['run', '--quick', ...args]);
      case 'test':
        setUp();
        return runTests(args);
      case 'defects':
        setUp();
        return await runDefects(args);
      case 'mutation':
        prepareClone(timed);
        return await runMutation(args);
      case 'catalogue':
        prepareClone(timed);
        return await runCatalogue(args);
      case 'libraries':
        prepareClone(timed);
        return await runLibraries(args);
      case 'survey':
        setUp();
        return await runSurvey(args);
      default:
        console.error(
          'usage: node harness/setup/run.js suite|test|defects|catalogue|mutation|libraries|survey|build [arguments]',
        );
        return 2;
    }
  } catch (error) {
    if (!(error instanceof SetupError)) throw error;
    line('✗', error.message);
    return 1;
  }
}
