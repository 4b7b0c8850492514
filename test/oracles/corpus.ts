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

/**
 * Scenarios that readelf or llvm-dwarfdump cannot be asked about: opcodes of pointer authentication that these versions
 * do not know, and sections that are broken or laid out on purpose in ways that they read otherwise or refuse.
 */
const notForTools: ReadonlySet<string> = new Set([
  'container/cie-behind-fde',
  'container/dwarf64',
  'container/fde-addresses',
  'container/handlers',
  'container/stray-entries',
  'container/terminator-in-the-middle',
  'container/unknown-augmentation',
  'container/unknown-opcode',
  'container/eh-augmentation',
  'container/padding',
  'container/set-loc-encodings',
  'container/unaligned-entries',
  'container/unknown-letter',
  'damage/broken-expression',
  'damage/broken-instruction',
  'damage/endless-expression',
  'damage/wild-cfa',
  'pointer-authentication/negate-with-pc',
  'pointer-authentication/set-state',
  'pointer-authentication/set-state-with-pc',
  'pointer-authentication/with-pc-rows',
]);

/** The quick programs of the scenarios for one seed, written into a folder. */
export function* generatedCorpus(folder: string, seed: string): Generator<CorpusFile> {
  for (const scenario of scenarios) {
    if (notForTools.has(scenario.name)) continue;
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
