import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { scenarios } from '../../generators/scenarios/registry.ts';
import { catalogue, catalogueEntries } from '../../harness/catalogue/catalogue.ts';
import { packageFolder } from '../../harness/package-folder.ts';
import { suiteScenarios } from '../../harness/runner/suite-scenarios.ts';
import { catalogueHtml, catalogueMarkdown } from '../../reports/catalogue/index.ts';

describe('the catalogue', () => {
  it('CATALOGUE.md is up to date', () => {
    const file = join(packageFolder(), 'CATALOGUE.md');
    const written = existsSync(file) ? readFileSync(file, 'utf8') : '';
    const isCurrent = written === catalogueMarkdown(catalogue(suiteScenarios()));
    expect(isCurrent, 'CATALOGUE.md is not what the scenarios say: run npm run catalogue and commit the file').toBe(
      true,
    );
  });

  it('names the known bugs a scenario is there to catch', () => {
    const entry = catalogue(suiteScenarios()).find(({ name }) => name === 'tail-duplication/several-epilogues')!;
    expect(entry.defects.map(({ number }) => number)).toContain(3);
  });

  it('as HTML shows an example with rows, and no text becomes markup', () => {
    const some = suiteScenarios().filter(({ name }) => name.startsWith('random/'));
    const entries = catalogueEntries(some).map((entry, i) => (i === 0 ? { ...entry, about: 'a <b> & "c"' } : entry));
    const html = catalogueHtml(entries);
    expect(html).toContain('a &lt;b&gt; &amp; &quot;c&quot;');
    expect(html.match(/<article /g)).toHaveLength(some.length);
    expect(html.match(/<pre>[^<]*CFA=[^<]*<\/pre>/g)).toHaveLength(some.length);
  });
});

describe('every scenario', () => {
  const faults = (fault: (scenario: (typeof scenarios)[number]) => unknown) =>
    scenarios.filter(fault).map(({ name }) => name);

  it('has a name of its own, of a group and what is peculiar', () => {
    expect(faults(({ name }) => !/^[a-z0-9-]+\/[a-z0-9-]+$/.test(name))).toEqual([]);
    expect(new Set(scenarios.map(({ name }) => name)).size).toBe(scenarios.length);
  });

  it('has a description of at most 90 characters', () => {
    expect(faults(({ description }) => description.length < 10 || description.length > 90)).toEqual([]);
  });

  it('has a paragraph of some sentences that says what it demands', () => {
    const isParagraph = (about: string) => about.length >= 120 && about.length <= 1200 && /\.$/.test(about.trim());
    expect(faults(({ about }) => about !== undefined && !isParagraph(about))).toEqual([]);
  });

  it('says where the requirement comes from', () => {
    expect(faults(({ source }) => source.length < 5)).toEqual([]);
  });
});
