import { describe, expect, it } from 'vitest';
import type { ArchitectureName } from '../../../engine/index.ts';
import { scenarios } from '../../../generators/index.ts';
import { recordFile } from '../../../harness/check/index.ts';

const architectures: readonly ArchitectureName[] = ['x86-64', 'aarch64'];

/** Programs looked at of each scenario; those that draw their damage from many need more. */
const mostPrograms = 24;

/**
 * What the structure shows of programs whose file is broken or odd: all kinds that their programs give together, on
 * either architecture. Scenarios that are not listed give none: their files are right, or wrong only when they run.
 */
const expected: Readonly<Record<string, readonly string[]>> = {
  'damage/missing-fde': ['code-without-fde'],
  'damage/no-sections': ['refused'],
  'damage/two-frame-cycle': ['cfa-impossible'],
  'damage/misaligned-cfa': ['cfa-impossible'],
  'damage/unknown-register': ['register-unknown'],
  'damage/broken-expression': ['expression-broken'],
  'damage/endless-expression': ['expression-broken'],
  'damage/broken-instruction': ['instructions-broken', 'state-unbalanced'],
  'container/no-search-table': ['header-without-table'],
  'container/zero-range-fde': ['fde-empty'],
  'container/header-cut': ['header-unusable'],
  'container/header-truncated': ['header-unusable'],
  'container/header-version': ['header-unusable'],
  'container/header-unsorted': ['header-unsorted'],
  'container/header-lying': ['header-entry-wrong', 'header-incomplete'],
  'container/header-count': ['header-incomplete', 'header-unusable', 'header-without-table'],
  'container/unknown-augmentation': ['instructions-broken'],
  'container/unknown-opcode': ['instructions-broken'],
  'container/no-terminator': ['code-without-fde', 'terminator-missing'],
  'container/terminator-in-the-middle': ['code-without-fde', 'terminator-early'],
  'container/stray-entries': ['entry-broken'],
};

/** Those of which each damaged program must give something. */
const perProgram = [
  'damage/broken-expression',
  'damage/endless-expression',
  'damage/broken-instruction',
  'container/unknown-augmentation',
  'container/unknown-opcode',
];

/** The kinds one program's files give; `refused` where there is no call frame information to look at. */
function kindsOf(scenario: (typeof scenarios)[number], architecture: ArchitectureName, index: number): string[] {
  const { name, image, libraries = [] } = scenario.generate(architecture, index, '1');
  return [image, ...libraries.map((library) => library.image)].flatMap((bytes) => {
    try {
      return Object.keys(recordFile(name, bytes).kinds);
    } catch (error) {
      expect(error).toMatchObject({ name: 'UnwindError', message: expect.stringMatching(/expected the file to have/) });
      return ['refused'];
    }
  });
}

describe('recordFile() on generated programs', () => {
  const broken = scenarios.filter(({ name }) => /^(damage|container)\//.test(name));

  it('knows all that are expected to show something', () => {
    const names = broken.map(({ name }) => name);
    expect(Object.keys(expected).filter((name) => !names.includes(name))).toEqual([]);
  });

  it.each(broken)('$name: names what is wrong with the file, and nothing else', (scenario) => {
    const kinds = new Set<string>();
    for (const architecture of architectures.filter((one) => scenario.architectures.includes(one))) {
      const count = Math.min(mostPrograms, scenario.count('full'));
      const found = Array.from({ length: count }, (_, index) => kindsOf(scenario, architecture, index));
      for (const kind of found.flat()) kinds.add(kind);
      // Chance decides which functions of these are damaged; what is damaged says where walks end.
      if (!perProgram.includes(scenario.name)) continue;
      const damaged = found.filter((_, index) => scenario.generate(architecture, index, '1').walkEnds !== undefined);
      expect(damaged.length).toBeGreaterThan(0);
      expect(
        damaged.filter((some) => some.length === 0),
        architecture,
      ).toEqual([]);
    }
    expect([...kinds].sort()).toEqual(expected[scenario.name] ?? []);
  });
});
