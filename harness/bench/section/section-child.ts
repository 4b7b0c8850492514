import { precompute } from '../../../engine/index.ts';
import { openModuleAnew } from '../contenders/modules.ts';
import { openLibrary } from '../stack/library.ts';
import { evaluateSection } from './evaluate-section.ts';

// A process of its own, in which none of the code has run before: `node section-child.js FILE` prints one JSON object.
const { module } = openLibrary(process.argv[2]!);
const opened = openModuleAnew(module, 'list');
const start = performance.now();
precompute(opened);
const milliseconds = performance.now() - start;
// The rows are counted by going through them one by one, which is not part of the time.
const { functions, rows } = evaluateSection(module, () => {});
console.log(JSON.stringify({ functions, rows, milliseconds }));
