import { join } from 'node:path';
import { scenarios } from '../../generators/scenarios/registry.ts';
import { compiledScenarios, readCompiledPrograms } from '../compiled/index.ts';
import { packageFolder } from '../package-folder.ts';
import type { SuiteScenario } from './suite-scenario.ts';

/** Where the package keeps its compiled programs. */
export const compiledFolder = join('test', 'fixtures');

/**
 * Every scenario, in the order of the summary table: those of generated programs, then those of compiled ones where
 * the package has them. Throws `ManifestError` where what describes these cannot be used.
 */
export function suiteScenarios(): readonly SuiteScenario[] {
  const compiled = readCompiledPrograms(join(packageFolder(), compiledFolder));
  return compiled === undefined ? scenarios : [...scenarios, ...compiledScenarios(compiled)];
}
