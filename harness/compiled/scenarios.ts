import type { ArchitectureName } from '../../engine/index.ts';
import type { SuiteScenario } from '../runner/suite-scenario.ts';
import { compiledProgram } from './compiled-program.ts';
import { architecturesOf, type CompiledBinary, type CompiledPrograms } from './manifest.ts';

/** Of the binaries in manifest order, a quick run takes each of this many. */
const quickStep = 32;

/**
 * A scenario for each compiler, one program per binary, and one for the binaries with rows that are known to be wrong.
 * The programs of a quick run come first, then the others, both in manifest order.
 */
export function compiledScenarios(programs: CompiledPrograms): SuiteScenario[] {
  const { binaries, faults } = programs;
  const sound = binaries.filter(({ path }) => !faults.has(path));
  const faulty = binaries.filter(({ path }) => faults.has(path));
  const compilers = [...new Set(sound.map(({ compiler }) => compiler))].sort();
  return [
    ...compilers.map((compiler) => {
      const own = sound.filter((binary) => binary.compiler === compiler);
      const name = compiler.replace(/\d+$/, '-$&');
      return scenario(programs, own, `compiled/${name}`, `what ${name} emits for C and C++, executables and objects`);
    }),
    ...(faulty.length === 0
      ? []
      : [
          scenario(
            programs,
            faulty,
            'compiled/known-producer-faults',
            'compiled programs with rows known to contradict the execution, at all stops',
          ),
        ]),
  ];
}

function scenario(
  programs: CompiledPrograms,
  binaries: readonly CompiledBinary[],
  name: string,
  description: string,
): SuiteScenario {
  const of = (architecture: ArchitectureName) =>
    quickFirst(binaries.filter((binary) => binary.architecture === architecture));
  return {
    name,
    description,
    source: [...new Set(binaries.map(({ programs: [compiler] }) => programs.versions[compiler!] ?? compiler!))].join(
      '; ',
    ),
    architectures: architecturesOf(binaries),
    needs: ['callee-saved', 'expressions', 'pointer-authentication'],
    count(mode, architecture) {
      const { length } = of(architecture);
      return mode === 'full' ? length : Math.ceil(length / quickStep);
    },
    generate(architecture, index, seed) {
      const binary = of(architecture)[index];
      if (binary === undefined) throw new RangeError(`${name} has no program ${index} for ${architecture}`);
      return compiledProgram(programs, binary, { scenario: name, index, seed });
    },
  };
}

function quickFirst(binaries: readonly CompiledBinary[]): CompiledBinary[] {
  const isQuick = (_: CompiledBinary, index: number) => index % quickStep === 0;
  return [...binaries.filter(isQuick), ...binaries.filter((binary, index) => !isQuick(binary, index))];
}
