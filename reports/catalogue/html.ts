import type { CatalogueEntry } from '../../harness/record/index.ts';
import { codeLines } from '../explanation-text.ts';
import { plural } from '../plural.ts';
import { byGroup, facts } from './groups.ts';

const style = `
:root { color-scheme: light dark; --line: #8884; --soft: #8882; --accent: #b4541a; }
@media (prefers-color-scheme: dark) { :root { --accent: #f0a070; } }
* { box-sizing: border-box; }
body { margin: 0; font: 16px/1.55 system-ui, sans-serif; display: grid; grid-template-columns: 17rem minmax(0, 1fr); }
nav { position: sticky; top: 0; height: 100vh; overflow: auto; padding: 1.5rem 1rem; border-right: 1px solid var(--line);
  font-size: .85rem; }
nav h2 { font-size: .85rem; margin: 1rem 0 .2rem; }
nav a { display: block; color: inherit; text-decoration: none; padding: .05rem .5rem; border-radius: .3rem; }
nav a:hover { background: var(--soft); }
main { padding: 2rem 3rem 6rem; max-width: 68rem; }
h1 { margin: 0 0 .5rem; font-size: 2rem; }
main > h2 { margin: 3.5rem 0 0; padding-bottom: .3rem; border-bottom: 2px solid var(--accent); }
article { padding: 1.6rem 0 1rem; border-bottom: 1px solid var(--line); }
h3 { margin: 0; font: 600 1.1rem ui-monospace, monospace; }
h3 a { color: inherit; text-decoration: none; }
.what { margin: .1rem 0 .8rem; opacity: .75; }
.about { max-width: 46rem; }
dl { display: grid; grid-template-columns: max-content minmax(0, 1fr); gap: .15rem 1rem; font-size: .88rem; margin: .8rem 0; }
dt { opacity: .65; }
dd { margin: 0; }
summary { cursor: pointer; font-size: .88rem; }
pre { overflow: auto; padding: .8rem 1rem; background: var(--soft); border-radius: .4rem; font: 12.5px/1.5 ui-monospace, monospace; }
@media (max-width: 60rem) { body { display: block; } nav { position: static; height: auto; } main { padding: 1.5rem; } }
`;

/** The catalogue as one page of HTML that needs nothing else. */
export function catalogueHtml(entries: readonly CatalogueEntry[]): string {
  const groups = byGroup(entries);
  const programs = entries.reduce((sum, entry) => sum + entry.programs.full, 0);
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Plumbline: the catalogue</title>
<style>${style}</style>
</head>
<body>
<nav>
${groups.map(([group, own]) => `<h2>${text(group)}</h2>\n${own.map(navigation).join('\n')}`).join('\n')}
</nav>
<main>
<h1>The catalogue</h1>
<p class="about">What every scenario is about: what its programs do, what they demand of an unwinder, and what wrong ones
do there. ${plural(entries.length, 'scenario')} in ${plural(groups.length, 'group')} make ${plural(programs, 'program')}.</p>
${groups.map(([group, own]) => `<h2 id="${text(group)}">${text(group)}</h2>\n${own.map(article).join('\n')}`).join('\n')}
</main>
</body>
</html>
`;
}

function navigation({ name, group }: CatalogueEntry): string {
  return `<a href="#${text(name)}">${text(name.slice(group.length + 1))}</a>`;
}

function article(entry: CatalogueEntry): string {
  const { name, description, about } = entry;
  return `<article id="${text(name)}">
<h3><a href="#${text(name)}">${text(name)}</a></h3>
<p class="what">${text(description)}</p>
${about === undefined ? '' : `<p class="about">${text(about)}</p>`}
<dl>${facts(entry)
    .map(([term, fact]) => `<dt>${text(term)}</dt><dd>${text(fact)}</dd>`)
    .join('')}</dl>
${exampleHtml(entry)}
</article>`;
}

function exampleHtml({ example }: CatalogueEntry): string {
  if (example === undefined) return '';
  const { function: shown, architecture, program, hidden } = example;
  const lines = codeLines(shown.code, BigInt(shown.start), 120);
  if (hidden > 0) lines.push(`    … ${plural(hidden, 'more instruction')}`);
  return `<details><summary>${text(shown.name)} of program ${program} on ${text(architecture)}, each instruction with its row</summary>
<pre>${text(lines.join('\n'))}</pre></details>`;
}

function text(plain: string): string {
  return plain.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}
