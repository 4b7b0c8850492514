import { describe, expect, it } from 'vitest';
import type { ArchitectureName } from '../../../engine/architecture/index.ts';
import { scenarios } from '../../../generators/scenarios/registry.ts';
import type { Scenario } from '../../../generators/scenarios/scenario.ts';
import { unicornFactory } from '../../../harness/emulator/unicorn.ts';
import type { LoadedModule } from '../../../harness/loader/image.ts';
import { loadImage } from '../../../harness/loader/load-image.ts';
import { runProgram } from '../../../harness/runner/run-program.ts';
import { unwinders } from '../../../harness/unwinders/registry.ts';

const emulators = unicornFactory();

export const scenarioNamed = (name: string): Scenario => scenarios.find((scenario) => scenario.name === name)!;

/** The modules of a scenario's first programs. */
export function modulesOf(name: string, architecture: ArchitectureName): LoadedModule[] {
  return Array.from({ length: 40 }, (_, index) => {
    const program = scenarioNamed(name).generate(architecture, index, '1');
    return loadImage(program.image, { name, loadBias: program.loadBias }).modules[0]!;
  });
}

/**
 * What holds for each scenario, at its first programs: it is deterministic, all of it executes, and the engine is right
 * in every mode.
 */
export function describeScenario(name: string, programs = 6): void {
  const scenario = scenarioNamed(name);
  const indices = Array.from({ length: programs }, (_, index) => index);
  describe.each(scenario.architectures.map((architecture) => ({ architecture })))(
    `${name} on $architecture`,
    ({ architecture }) => {
      it('gives the same bytes for the same seed, others for another index or seed', () => {
        const { image } = scenario.generate(architecture, 1, 'seed');
        expect(scenario.generate(architecture, 1, 'seed').image).toEqual(image);
        expect(scenario.generate(architecture, 2, 'seed').image).not.toEqual(image);
        expect(scenario.generate(architecture, 1, 'other').image).not.toEqual(image);
      });

      it.each(indices)('program %i executes every instruction, and the engine is right at each', (index) => {
        const program = scenario.generate(architecture, index, '1');
        const result = runProgram(program, { emulators, unwinders });
        expect(result.failures).toEqual([]);
        expect(result.executed).toBe(result.emitted);
        expect(result.stops).toBeGreaterThanOrEqual(result.emitted);
        expect(result.unwinders.map(({ unwinder }) => unwinder)).toEqual(
          expect.arrayContaining(['dwarf', 'dwarf-list']),
        );
        for (const { verdicts } of result.unwinders) {
          const pass = result.stops + (program.expectedRows?.length ?? 0);
          expect(verdicts).toEqual({ pass, fail: 0, missing: 0, error: 0 });
        }
      });
    },
  );
}
