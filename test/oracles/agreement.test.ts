import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type Architecture, type ElfFile, readElf } from '../../engine/index.ts';
import { loadImage } from '../../harness/loader/index.ts';
import {
  compareFdes,
  engineFdes,
  findTool,
  llvmDwarfdumpOptions,
  type Oracle,
  type OracleFde,
  parseLlvmDwarfdump,
  parseReadelf,
  readelfOptions,
  toolOutput,
} from '../../harness/oracles/index.ts';
import { inTemporaryFolder } from '../tools/external.ts';
import { type CorpusFile, fixtureCorpus, generatedCorpus } from './corpus.ts';
import { explains, readKnownDifferences } from './known-differences.ts';
import { isReason, readLeftOut } from './left-out.ts';
import { proofOf } from './proofs.ts';

const ET_REL = 1;
const minutes = 60_000;

const oracles: readonly {
  name: Oracle;
  options: readonly string[];
  parse: (output: string, architecture: Architecture) => OracleFde[];
}[] = [
  { name: 'readelf', options: readelfOptions, parse: parseReadelf },
  { name: 'llvm-dwarfdump', options: llvmDwarfdumpOptions, parse: parseLlvmDwarfdump },
];

/** The file as the engine reads it; of an object file, as it is laid out. */
function linked({ name, bytes }: CorpusFile): ElfFile {
  const elf = readElf(bytes);
  return elf.type === ET_REL ? loadImage(bytes, { name }).modules[0]!.elf : elf;
}

for (const { name, options, parse } of oracles) {
  const tool = findTool(name, 'x86-64');
  describe.skipIf(tool === undefined)(`rows as ${name} reads them (needs ${name})`, () => {
    const isMeant = (entry: { tool: Oracle; versions: string }) =>
      entry.tool === name && tool?.version.startsWith(entry.versions) === true;
    const known = readKnownDifferences().filter(isMeant);
    const leftOut = readLeftOut().filter(isMeant);

    /** What is read differently in a file and not known to be. */
    function differences(file: CorpusFile) {
      const elf = linked(file);
      const ours = engineFdes(elf);
      const output = toolOutput(tool!.command, options, file.path);
      const theirs = parse(output, elf.architecture);
      const rows = ours.reduce((sum, fde) => sum + fde.rows.length, 0);
      const found = compareFdes(ours, theirs, name).filter(
        (one) => !known.some((candidate) => explains(candidate, one, output, theirs)),
      );
      return { rows, output, found };
    }

    function compare(files: Iterable<CorpusFile>): { rows: number; unexplained: string[] } {
      let rows = 0;
      const unexplained: string[] = [];
      for (const file of files) {
        const one = differences(file);
        rows += one.rows;
        for (const found of one.found) {
          const place = `${found.section}+0x${found.fde.toString(16)}, ${found.at} bytes into the function`;
          const what = `${found.what} is ${found.theirs}, the engine reads ${found.engine}`;
          unexplained.push(`${file.name}: ${place}: ${what}`);
        }
      }
      return { rows, unexplained };
    }

    it(
      'are the engine’s in every compiled fixture',
      () => {
        const { rows, unexplained } = compare(fixtureCorpus());
        expect(unexplained).toEqual([]);
        expect(rows).toBeGreaterThan(5000);
      },
      10 * minutes,
    );

    it(
      'are the engine’s in generated programs of every scenario that is not left out',
      () => {
        const isWanted = (name: string) => !leftOut.some(({ scenario }) => scenario === name);
        const { rows, unexplained } = inTemporaryFolder((folder) => compare(generatedCorpus(folder, '1', isWanted)));
        expect(unexplained).toEqual([]);
        expect(rows).toBeGreaterThan(5000);
      },
      10 * minutes,
    );

    it(
      'differ in programs of each scenario that is left out, as its reason says',
      () => {
        const agreeing = leftOut.filter((entry) =>
          inTemporaryFolder((folder) => {
            for (const file of generatedCorpus(folder, '1', (name) => name === entry.scenario)) {
              const { found, output } = differences(file);
              if (isReason(entry, found, output)) return false;
            }
            return true;
          }),
        );
        expect(agreeing.map(({ scenario }) => scenario)).toEqual([]);
      },
      10 * minutes,
    );

    it('differ in every way that is listed as known, in a file made for it', () => {
      const silent = known.filter((entry) => {
        const bytes = proofOf(entry.id);
        const output = inTemporaryFolder((folder) => {
          writeFileSync(join(folder, 'proof'), bytes);
          return toolOutput(tool!.command, options, join(folder, 'proof'));
        });
        const elf = readElf(bytes);
        const theirs = parse(output, elf.architecture);
        const found = compareFdes(engineFdes(elf), theirs, name);
        return found.length === 0 || !found.every((difference) => explains(entry, difference, output, theirs));
      });
      expect(silent.map(({ id }) => id)).toEqual([]);
    });
  });
}
