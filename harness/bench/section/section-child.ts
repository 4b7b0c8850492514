import { openLibrary } from '../stack/library.ts';
import { evaluateSection } from './evaluate-section.ts';

// A process of its own, in which none of the code has run before: `node section-child.js FILE` prints one JSON object.
const { module } = openLibrary(process.argv[2]!);
const start = performance.now();
let rules = 0;
const { functions, rows } = evaluateSection(module, (row) => {
  rules += row.ruleCount;
});
const milliseconds = performance.now() - start;
console.log(JSON.stringify({ functions, rows, rules, milliseconds }));
