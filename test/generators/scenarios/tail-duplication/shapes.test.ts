import { describe, expect, it } from 'vitest';
import type { ArchitectureName } from '../../../../engine/architecture/index.ts';
import type { Program } from '../../../../generators/program.ts';
import { missingTools } from '../../../tools/external.ts';
import { dumpedFrames, dumpedPrograms, readelf } from '../../cfi/readelf-frames.ts';
import { scenarioNamed } from '../support.ts';

const architectures: readonly ArchitectureName[] = ['x86-64', 'aarch64'];
const missing = missingTools(...Object.values(readelf));

const programOf = (name: string, architecture: ArchitectureName, index: number): Program =>
  scenarioNamed(`tail-duplication/${name}`).generate(architecture, index, '1');

/** Names of the instructions of each FDE, in their order. */
function fdePrograms({ architecture, image }: Program): string[][] {
  const programs = dumpedPrograms(dumpedFrames(architecture, image));
  return programs.map((instructions) => instructions.map((text) => text.split(/[: ]/)[0]!));
}

/** Most states that are remembered at once. */
function depth(names: readonly string[]): number {
  let most = 0;
  let now = 0;
  for (const name of names) {
    if (name === 'DW_CFA_remember_state') most = Math.max(most, ++now);
    else if (name === 'DW_CFA_restore_state') now--;
  }
  return most;
}

const count = (names: readonly string[], wanted: string) => names.filter((name) => name === wanted).length;

describe.skipIf(missing.length > 0)(`by readelf (missing: ${missing.join(', ') || 'nothing'})`, () => {
  const some = (name: string, architecture: ArchitectureName) =>
    [0, 1, 2].flatMap((index) => fdePrograms(programOf(name, architecture, index)));

  describe.each(architectures.map((architecture) => ({ architecture })))('on $architecture', ({ architecture }) => {
    it('many-returns has 44 remembered and restored states in one FDE', () => {
      const numbers = some('many-returns', architecture).map((names) => [
        count(names, 'DW_CFA_remember_state'),
        count(names, 'DW_CFA_restore_state'),
      ]);
      expect(numbers).toContainEqual([44, 44]);
      for (const [remembered, restored] of numbers) expect(restored).toBe(remembered);
    });

    it('deep-nesting has at least five states at once', () => {
      const depths = some('deep-nesting', architecture).map(depth);
      expect(Math.max(...depths)).toBeGreaterThanOrEqual(5);
    });

    it('states-left has FDEs that end with states on the stack', () => {
      const left = some('states-left', architecture).map(
        (names) => count(names, 'DW_CFA_remember_state') - count(names, 'DW_CFA_restore_state'),
      );
      expect(Math.max(...left)).toBeGreaterThanOrEqual(2);
      expect(Math.min(...left)).toBeGreaterThanOrEqual(0);
    });

    it('remembered-twice has two remember_state in a row', () => {
      const twice = some('remembered-twice', architecture).filter((names) =>
        names.some((name, i) => name === 'DW_CFA_remember_state' && names[i + 1] === name),
      );
      expect(twice.length).toBeGreaterThanOrEqual(3);
    });

    it('cfa-register-between changes the register of the CFA between remember and restore', () => {
      const changes = some('cfa-register-between', architecture).filter((names) => {
        const from = names.indexOf('DW_CFA_remember_state');
        const between = names.slice(from, names.indexOf('DW_CFA_restore_state', from));
        return from >= 0 && between.some((name) => /^DW_CFA_def_cfa(_register)?$/.test(name));
      });
      expect(changes.length).toBeGreaterThanOrEqual(3);
    });
  });
});
