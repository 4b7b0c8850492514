import { join } from 'node:path';
import { shrunkPrefix, shrunkScenario } from '../../generators/scenarios/random/index.ts';
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

/**
 * The scenario with a name, among them those that consist of one program whose recipe their name is; undefined where
 * there is none. Throws a `RecipeError` where such a name has no recipe.
 */
export function scenarioNamed(all: readonly SuiteScenario[], name: string): SuiteScenario | undefined {
  return name.startsWith(shrunkPrefix) ? shrunkScenario(name) : all.find((scenario) => scenario.name === name);
}
