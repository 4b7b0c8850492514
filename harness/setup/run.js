// `npm start`, `npm test` and the scripts of `npm run`: the set-up, then the suite, the tests or another task. Needs nothing but Node.js.
import { nodeVersionProblem } from './node-version.js';

const problem = nodeVersionProblem(process.versions.node);
if (problem === undefined) {
  const { runTask } = await import('./task.js');
  process.exitCode = await runTask(process.argv[2], process.argv.slice(3));
} else {
  console.error(problem);
  process.exitCode = 1;
}
