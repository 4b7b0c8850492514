// `npm start`, `npm test` and `npm run build`: the set-up, then the suite or the tests. Needs nothing but Node.js.
import { nodeVersionProblem } from './node-version.js';

const problem = nodeVersionProblem(process.versions.node);
if (problem === undefined) {
  const { runTask } = await import('./task.js');
  process.exitCode = await runTask(process.argv[2], process.argv.slice(3));
} else {
  console.error(problem);
  process.exitCode = 1;
}
