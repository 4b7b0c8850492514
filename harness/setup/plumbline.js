#!/usr/bin/env node
// The command `plumbline`, in a clone and in an installed package.
import { nodeVersionProblem } from './node-version.js';

const problem = nodeVersionProblem(process.versions.node);
if (problem === undefined) {
  // Loaded only now: older releases of Node.js lack what these files import.
  const { runCommand } = await import('./command.js');
  process.exitCode = await runCommand(process.argv.slice(2));
} else {
  console.error(problem);
  process.exitCode = 1;
}
