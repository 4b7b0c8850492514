import { RuleSets } from '../../../engine/index.ts';
import { SectionRows } from '../../../engine/precomputed/section-rows.ts';
import { openLibrary } from '../stack/library.ts';
import { frameSectionOf } from './evaluate-section.ts';

// A process of its own, in which none of the code has run before: `node section-child.js FILE` prints one JSON object.
const { module } = openLibrary(process.argv[2]!);
const section = frameSectionOf(module);
const start = performance.now();
const sets = new RuleSets(module.elf.architecture);
const rows = new SectionRows(section, sets);
const { functionCount, rowCount, rowState, states } = rows;
let refused = 0;
for (let i = 0; i < rowCount; i++) {
  const state = rowState[i]!;
  if (state === -1) refused++;
  else states.setOf(state);
}
const milliseconds = performance.now() - start;
console.log(JSON.stringify({ functions: functionCount, rows: rowCount - refused, sets: sets.count, milliseconds }));
