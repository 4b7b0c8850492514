import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readElf, UnwindError } from '../../../../engine/index.ts';
import { Random } from '../../../../generators/random.ts';
import { loadProcess } from '../../../../harness/loader/process/load-process.ts';
import { missingTools } from '../../../tools/external.ts';
import { buildLibraries, compilers } from './libraries.ts';

const trials = 300;
/** What the loader reads besides headers; damage elsewhere is code or data to it. */
const read = [
  '.dynamic',
  '.dynsym',
  '.dynstr',
  '.gnu.version',
  '.gnu.version_r',
  '.rela.dyn',
  '.rela.plt',
  '.init_array',
];

function damaged(original: Uint8Array, random: Random): Uint8Array {
  const copy = original.slice();
  const sections = readElf(original).sections.filter(({ name, size }) => size > 0 && read.includes(name));
  const headers = { offset: 0, size: 64 + 56 * readElf(original).segments.length };
  for (let i = random.between(1, 4); i > 0; i--) {
    const { offset, size } = random.pick([headers, ...sections, ...sections]);
    const at = offset + random.below(size);
    copy[at] = random.pick([0, 0xff, 0x80, random.below(256), copy[at]! ^ (1 << random.below(8))]);
  }
  return copy;
}

for (const { name, gcc, dialects } of compilers) {
  describe.skipIf(missingTools(gcc).length > 0)(`a damaged library for ${name} (needs ${gcc})`, () => {
    it('is loaded, or refused with an error that says why', () => {
      const path = buildLibraries(gcc, dialects[0]!);
      const original = Uint8Array.from(readFileSync(path));
      const random = new Random(`damage/${name}`);
      let refused = 0;
      for (let trial = 0; trial < trials; trial++) {
        const bytes = damaged(original, random);
        try {
          loadProcess(join(dirname(path), 'damaged.so'), bytes, { folders: [], seed: '1' });
        } catch (error) {
          if (!(error instanceof UnwindError)) throw new Error(`trial ${trial}: ${(error as Error).stack}`);
          expect(error.message).toMatch(/\S+: \S/);
          refused++;
        }
      }
      expect(refused).toBeGreaterThan(trials / 10);
      expect(refused).toBeLessThan(trials);
    });
  });
}
