import { join } from 'node:path';
import { Command } from 'commander';
import { isSound, type LibrarySurvey, librariesText } from '../../reports/survey/index.ts';
import { styleFor } from '../../reports/terminal/index.ts';
import { UsageError } from '../cli/usage-error.ts';
import { wholeNumber } from '../cli/values.ts';
import { pinnedLibraries } from '../libraries/index.ts';
import { parseTask } from '../parse-task.ts';
import { LibrarySurveyError, surveyLibrary } from './survey-library.ts';

/**
 * `npm run survey`: every function of the pinned real libraries that are fetched, as `plumbline exec --all` calls them.
 * Returns 0 where no process died and the engine and the truth are right, whatever the producers of the libraries have
 * got wrong; 1 where not or where a library is not there, 2 for wrong usage.
 *
 * @param fetchLibraries fetches those that are not there yet, and returns 0 where all are
 */
export async function main(
  args: readonly string[],
  root: string,
  fetchLibraries: () => Promise<number>,
): Promise<number> {
  const libraries = pinnedLibraries().filter(({ groups }) => groups.includes('survey'));
  const command = new Command('survey')
    .description('Calls every function of real libraries, and shows who is wrong where.')
    .argument('[libraries...]', `only these of ${libraries.map(({ name }) => name).join(', ')}`)
    .option('--limit <number>', 'most instructions of a call', wholeNumber, 2500)
    .option('--out <folder>', 'of records and reports; what was done is gone on from', 'survey');
  const status = parseTask(command, args);
  if (status !== undefined) return status;
  const unknown = command.args.find((wanted) => !libraries.some(({ name }) => name === wanted));
  if (unknown !== undefined) {
    console.error(`survey: there is no ${unknown}; there are ${libraries.map(({ name }) => name).join(' ')}`);
    return 2;
  }
  const { out, limit } = command.opts<{ readonly out: string; readonly limit: number }>();
  const chosen = libraries.filter(({ name }) => command.args.length === 0 || command.args.includes(name));
  const fetched = await fetchLibraries();
  if (fetched !== 0) return fetched;
  const done: LibrarySurvey[] = [];
  const start = performance.now();
  try {
    for (const { name, architecture } of chosen) {
      const libc = architecture === 'amd64' ? 'libc' : 'libc-aarch64';
      const survey = surveyLibrary(root, { name, libc, limit }, join(out, name));
      done.push(survey);
      const { functions, stops, timing } = survey.final;
      const counts = `${functions.toLocaleString('en')} functions, ${stops.toLocaleString('en')} stops`;
      console.error(`${name}: ${counts}, ${timing.seconds.toFixed(1)} s`);
    }
  } catch (error) {
    if (!(error instanceof LibrarySurveyError || error instanceof UsageError)) throw error;
    console.error(`✗ ${error.message}`);
    return error instanceof UsageError ? 2 : 1;
  }
  const seconds = (performance.now() - start) / 1000;
  console.log(librariesText(done, seconds, styleFor(process.stdout.isTTY)));
  return done.every(({ final }) => isSound(final)) ? 0 : 1;
}
