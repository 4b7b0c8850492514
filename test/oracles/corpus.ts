import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { scenarios } from '../../generators/scenarios/registry.ts';
import { fixturesFolder, readManifest } from '../fixtures/manifest.ts';

/** An ELF file the engine's rows are compared on. */
export interface CorpusFile {
  readonly name: string;
  /** Where it is on disk. */
  readonly path: string;
  readonly bytes: Uint8Array;
}

/** Every compiled fixture. */
export function fixtureCorpus(): CorpusFile[] {
  return readManifest().binaries.map(({ path }) => {
    const file = fileURLToPath(new URL(path, fixturesFolder));
    return { name: path, path: file, bytes: Uint8Array.from(readFileSync(file)) };
  });
}

/** The quick programs for one seed of the scenarios whose names are wanted, written into a folder. */
export function* generatedCorpus(
  folder: string,
  seed: string,
  isWanted: (scenario: string) => boolean,
): Generator<CorpusFile> {
  for (const scenario of scenarios) {
    if (!isWanted(scenario.name)) continue;
    for (const architecture of scenario.architectures) {
      for (let index = 0; index < scenario.count('quick'); index++) {
        const { name, image } = scenario.generate(architecture, index, seed);
        const path = join(folder, `${architecture}-${name.replaceAll('/', '-')}`);
        writeFileSync(path, image);
        yield { name: `${architecture} ${name}`, path, bytes: image };
      }
    }
  }
}
