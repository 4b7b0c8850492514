import type { WithPackages } from '../package-source.ts';
import { fetchLibraries } from './fetch-libraries.ts';
import { pinnedLibraries } from './pinned-library.ts';

/**
 * `npm run libraries [NAME…]`: fetches the big real libraries that benchmarks and tests read, all or those named.
 * Returns 0 where all are there afterwards, 1 where not, 2 for a name that is not in the list.
 *
 * @param withPackages undefined where this system has no Debian packages
 */
export function main(args: readonly string[], withPackages: WithPackages | undefined): number {
  const all = pinnedLibraries();
  const unknown = args.find((name) => !all.some((library) => library.name === name));
  if (unknown !== undefined) {
    console.error(`libraries: there is no ${unknown}; there are ${all.map(({ name }) => name).join(' ')}`);
    return 2;
  }
  if (withPackages === undefined) {
    console.error(
      '✗ the libraries are files of Debian packages: they can be fetched where apt-get and dpkg are installed',
    );
    return 1;
  }
  let status = 0;
  const wanted = all.filter(({ name }) => args.length === 0 || args.includes(name));
  fetchLibraries(wanted, withPackages, process.env, (outcome) => {
    if ('problem' in outcome) {
      status = 1;
      console.error(`✗ ${outcome.name}: ${outcome.problem}`);
    } else {
      console.error(`✓ ${outcome.name}${outcome.fetched ? ' fetched' : ''}: ${outcome.path}`);
    }
  });
  return status;
}
