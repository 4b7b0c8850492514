import { readdirSync } from 'node:fs';
import { join } from 'node:path';

/** A part of the engine whose mutants are made and counted together. */
export interface Area {
  /** As the command takes it and the record has it. */
  readonly name: string;
  /** Paths of its sources; a file belongs to the first area that has it. */
  readonly sources: readonly RegExp[];
  /** Globs of the tests that its mutants are run against: fast ones that are about these sources. */
  readonly tests: readonly string[];
  /** Whether `survivors.json` says of each surviving mutant why it does. */
  readonly explained: boolean;
}

/** All of `engine/`, in the order of what a wrong answer would follow from first. */
export const areas: readonly Area[] = [
  {
    name: 'row-evaluation',
    sources: [/^engine\/row\//],
    tests: ['test/engine/row/*.test.ts'],
    explained: true,
  },
  {
    name: 'expressions',
    sources: [/^engine\/dwarf\/expression/],
    tests: ['test/engine/dwarf/expression*.test.ts'],
    explained: true,
  },
  {
    name: 'stepping',
    sources: [/^engine\/[^/]+\.ts$/, /^engine\/(location|signal)\//],
    tests: ['test/engine/*.test.ts', 'test/engine/{location,signal}/*.test.ts'],
    explained: true,
  },
  {
    name: 'rule-cache',
    sources: [/^engine\/cache\//],
    tests: ['test/engine/{cache,location}/*.test.ts', 'test/engine/stack-cursor.test.ts'],
    explained: false,
  },
  {
    name: 'cfa-programs',
    sources: [
      /^engine\/dwarf\/(cfa-program|cfa-state|location-counter|multiply|plain-program|sign-state|usual-fde)\.ts$/,
    ],
    tests: ['test/engine/dwarf/{cfa-program,plain-lookup,sign-state,location-counter}.test.ts'],
    explained: false,
  },
  {
    name: 'dwarf-sections',
    sources: [/^engine\/dwarf\/[^/]+\.ts$/],
    tests: ['test/engine/dwarf/*.test.ts'],
    explained: false,
  },
  {
    name: 'dwarf-writing',
    sources: [/^engine\/dwarf\/write\//],
    tests: ['test/engine/dwarf/write/*.test.ts'],
    explained: false,
  },
  {
    name: 'precomputed',
    sources: [/^engine\/precomputed\//],
    tests: ['test/engine/precomputed/*.test.ts'],
    explained: false,
  },
  {
    name: 'elf',
    sources: [/^engine\/elf\//],
    tests: ['test/engine/elf/*.test.ts'],
    explained: false,
  },
  {
    name: 'encoding',
    sources: [/^engine\/(architecture|encoding)\//],
    tests: ['test/engine/encoding/*.test.ts', 'test/engine/{index,walker}.test.ts'],
    explained: false,
  },
  {
    name: 'compact-x86-64',
    sources: [/^engine\/elf-compact\/x86-64\//],
    tests: ['test/engine/elf-compact/x86-64/**/*.test.ts'],
    explained: false,
  },
  {
    name: 'compact-aarch64',
    sources: [/^engine\/elf-compact\/aarch64\//],
    tests: ['test/engine/elf-compact/aarch64/**/*.test.ts'],
    explained: false,
  },
  {
    name: 'compact-forms',
    sources: [/^engine\/elf-compact\//],
    tests: [
      'test/engine/elf-compact/*.test.ts',
      'test/engine/elf-compact/{object-form,packed-object,paged,stream}/*.test.ts',
    ],
    explained: false,
  },
];

/** The area that a file of the engine, such as `engine/row/row.ts`, belongs to; undefined where none has it. */
export function areaOf(path: string): Area | undefined {
  return areas.find(({ sources }) => sources.some((source) => source.test(path)));
}

/** An area's files in the checkout at `root`, sorted. */
export function filesOf(root: string, area: Area): string[] {
  return engineFiles(root).filter((path) => areaOf(path) === area);
}

/** All sources of the engine, sorted. */
export function engineFiles(root: string): string[] {
  return readdirSync(join(root, 'engine'), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => `engine/${name.replaceAll('\\', '/')}`)
    .sort();
}
