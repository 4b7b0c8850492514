import type { WithPackages } from '../package-source.ts';
import { fetchLibraries } from './fetch-libraries.ts';
import { type PinnedLibrary, pinnedLibraries } from './pinned-library.ts';

/** Those fetched where nothing is named. */
const usual = 'bench';

/**
 * `npm run libraries [NAME…]`: fetches the big real libraries that benchmarks and tests read: those of the names and
 * groups given or, without any, those of the benchmarks. Returns 0 where all are there afterwards, 1 where not, 2 for a
 * name that is not in the list.
 *
 * @param withPackages undefined where this system has no Debian packages
 */
export function main(args: readonly string[], withPackages: WithPackages | undefined): number {
  const all = pinnedLibraries();
  const asked = args.length === 0 ? [usual] : args;
  const answersTo = (library: PinnedLibrary, name: string) => library.name === name || inGroup(library, name);
  const unknown = asked.find((name) => !all.some((library) => answersTo(library, name)));
  if (unknown !== undefined) {
    const groups = [...new Set(all.flatMap((library) => library.groups))];
    const names = all.map(({ name }) => name);
    console.error(
      `libraries: there is no ${unknown}; there are ${names.join(' ')}, and the groups ${groups.join(' ')}`,
    );
    return 2;
  }
  if (withPackages === undefined) {
    console.error(
      '✗ the libraries are files of Debian packages: they can be fetched where apt-get and dpkg are installed',
    );
    return 1;
  }
  let status = 0;
  const wanted = all.filter((library) => asked.some((name) => answersTo(library, name)));
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

function inGroup({ groups }: PinnedLibrary, name: string): boolean {
  return groups.some((group) => group === name);
}
