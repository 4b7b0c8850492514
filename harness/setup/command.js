import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { isDebianLike, withPackages } from './debian-package.js';
import { root } from './paths.js';
import { SetupError } from './process.js';
import { prepareClone, prepareUnicorn } from './steps.js';

/** @param {string} doing */
const note = (doing) => console.error(`plumbline: ${doing} …`);

/**
 * Runs the command line; in a clone, whatever is not ready is made ready first.
 * @param {readonly string[]} args without the program's name
 * @returns {Promise<number>} the exit status
 */
export async function runCommand(args) {
  try {
    prepareClone((doing, step) => {
      note(doing);
      step();
    });
    const main = await import(pathToFileURL(join(root, 'dist', 'harness', 'cli', 'main.js')).href);
    return await main.main(args, {
      provideUnicorn: () => prepareUnicorn(note),
      withPackages: isDebianLike() ? withPackages : undefined,
    });
  } catch (error) {
    if (!(error instanceof SetupError)) throw error;
    console.error(error.message);
    return 1;
  }
}
