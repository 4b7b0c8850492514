import { RuleSets } from '../../../engine/index.ts';
import { SectionRows } from '../../../engine/precomputed/section-rows.ts';
import { readLibrary } from '../stack/library.ts';
import { evaluateSection, frameSectionOf } from './evaluate-section.ts';

// A process of its own, in which none of the code has run before: `node section-child.js FILE` prints one JSON object.
const { module } = readLibrary(process.argv[2]!);
const section = frameSectionOf(module);
const sets = new RuleSets(module.elf.architecture);
const start = performance.now();
const all = new SectionRows(section, sets);
const milliseconds = performance.now() - start;
// What was worked out is held against the rows one by one, which is not part of the time.
let row = 0;
const { functions, rows } = evaluateSection(module, (expected) => {
  if (all.ruleSetOf(row) !== sets.intern(expected)) throw new Error(`row ${row} is another one when worked out alone`);
  row++;
});
if (rows !== all.rowCount) throw new Error(`${all.rowCount} rows at once, ${rows} one by one`);
console.log(JSON.stringify({ functions, rows, milliseconds }));
