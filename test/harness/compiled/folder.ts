import { copyFileSync, mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type CompiledPrograms, compiledScenarios, readCompiledPrograms } from '../../../harness/compiled/index.ts';
import { unicornFactory } from '../../../harness/emulator/unicorn.ts';
import type { ProgramResult } from '../../../harness/runner/program-result.ts';
import { runProgram } from '../../../harness/runner/run-program.ts';
import type { SuiteScenario } from '../../../harness/runner/suite-scenario.ts';
import { unwinders } from '../../../harness/unwinders/registry.ts';
import type { Unwinder } from '../../../harness/unwinders/unwinder.ts';
import { type FixtureBinary, fixturesFolder, readManifest } from '../../fixtures/manifest.ts';
import { type ProducerFaults, readProducerFaults } from '../../fixtures/producer-faults.ts';

const folder = fileURLToPath(fixturesFolder);

/** The compiled programs of the checkout. */
export function fixtures(): CompiledPrograms {
  const programs = readCompiledPrograms(folder);
  if (programs === undefined) throw new Error(`no manifest in ${folder}`);
  return programs;
}

/** What a folder of one binary of the checkout says otherwise than the checkout does. */
export interface Changes {
  readonly binary?: Partial<FixtureBinary>;
  faults?(listed: ProducerFaults['faults']): ProducerFaults['faults'];
}

/** A folder with one binary of the checkout and its known faults, either of them changed. */
export function folderOf(path: string, changes: Changes = {}): string {
  const manifest = readManifest();
  const binary = manifest.binaries.find((one) => one.path === path);
  if (binary === undefined) throw new Error(`${path} is not in the manifest`);
  const { kinds, faults } = readProducerFaults();
  const listed = faults.filter(({ fixture }) => fixture === path);
  return writeFolder(
    { ...manifest, binaries: [{ ...binary, ...changes.binary }] },
    { kinds, faults: changes.faults?.(listed) ?? listed },
    [path],
  );
}

/** A folder with these descriptions and copies of these binaries. */
export function writeFolder(manifest: unknown, faults: unknown, paths: readonly string[] = []): string {
  const made = mkdtempSync(join(tmpdir(), 'plumbline-test-'));
  for (const path of paths) {
    mkdirSync(dirname(join(made, path)), { recursive: true });
    copyFileSync(join(folder, path), join(made, path));
  }
  if (manifest !== undefined) writeFileSync(join(made, 'manifest.json'), text(manifest));
  if (faults !== undefined) writeFileSync(join(made, 'producer-faults.json'), text(faults));
  return made;
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/** The scenarios of a folder that `folderOf` made: one, of one program. */
export function onlyScenario(made: string): SuiteScenario {
  const [scenario, ...others] = compiledScenarios(readCompiledPrograms(made)!);
  if (scenario === undefined || others.length > 0) throw new Error(`${others.length} scenarios too many`);
  return scenario;
}

/** Runs the only program of a folder that `folderOf` made. */
export function runOnly(made: string, own: readonly Unwinder[] = unwinders): ProgramResult {
  const scenario = onlyScenario(made);
  const program = scenario.generate(scenario.architectures[0]!, 0, '1');
  return runProgram(program, { emulators: unicornFactory(), unwinders: own });
}
