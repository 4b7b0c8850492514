import type { CatalogueExample } from '../record/index.ts';
import type { SuiteScenario } from '../runner/suite-scenario.ts';
import { type ListedFunction, listProgram } from '../shrink/list-program.ts';

const seed = '1';
/** Instructions shown at most. */
const shown = 20;
/** Programs with more instructions are not looked at: there are small ones, and a page must not take long. */
const large = 2000;

/** The function of the scenario's first program that has most to show: the most rows for its length, the entry last. */
export function exampleOf(scenario: SuiteScenario): CatalogueExample | undefined {
  const architecture = scenario.architectures[0]!;
  const program = scenario.generate(architecture, 0, seed);
  if (program.instructions.length > large) return undefined;
  let best: ListedFunction | undefined;
  for (const listed of listProgram(program)) {
    if (best === undefined || interest(listed) > interest(best)) best = listed;
  }
  if (best === undefined) return undefined;
  const code = best.code.slice(0, shown);
  return { architecture, program: 0, function: { ...best, code }, hidden: best.code.length - code.length };
}

function interest({ name, code }: ListedFunction): number {
  const rows = new Set(code.map(({ row }) => row)).size;
  const isPeculiar = !/^(entry|handler|trampoline)/.test(name);
  return rows / Math.max(1, code.length / shown) + (isPeculiar ? 2 : 0);
}
