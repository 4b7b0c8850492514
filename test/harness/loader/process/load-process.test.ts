import { mkdirSync, renameSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { unicornFactory } from '../../../../harness/emulator/unicorn.ts';
import { type ExecFailure, executeFunction, loadFile, makeReady } from '../../../../harness/exec/index.ts';
import { basicUnwinders as unwinders } from '../../../../harness/unwinders/registry.ts';
import { missingTools } from '../../../tools/external.ts';
import { buildLibraries, compilers } from './libraries.ts';

const emulators = unicornFactory();

/** What a function of a library returns, once everything is loaded and ready. */
function call(file: string, name: string, libraryPath: readonly string[] = []) {
  const job = { file, function: name, seed: '1', limit: 10_000, libraryPath };
  const program = makeReady(loadFile(job), job.seed, emulators);
  return executeFunction(program, job, { emulators, unwinders });
}

/** GNU ld gives AArch64's procedure linkage table no call frame information. */
function isUnexpected({ function: name, row }: ExecFailure): boolean {
  return name !== '.plt' || row !== '';
}

for (const { name, gcc, dialects } of compilers) {
  describe.skipIf(missingTools(gcc).length > 0)(`a library for ${name} with its dependency (needs ${gcc})`, () => {
    const file = buildLibraries(gcc, dialects[0]!);

    const results: readonly [string, string, string][] = [
      ['the default version of a symbol', 'new_version', '2'],
      ['the version a reference asks for', 'old_version', '1'],
      ['initialisers, those of the dependency first', 'initialised', '10'],
      ['memory that initialisers have been given', 'given', '427'],
      ['the end of the heap where they have left it', 'heap_goes_on', '4096'],
      ['room for mappings below theirs', 'next_is_apart', '1'],
      ['what a resolver tells for an indirect symbol', 'call_indirect', '12'],
      ['data of the dependency', 'data', '40'],
      ['a stub that returns 0 for what nobody defines, and nothing for weak symbols', 'missing', '0'],
    ];
    it.each(results)('has %s', (_, symbol, expected) => {
      const { outcome, exitStatus, failures } = call(file, symbol);
      expect([outcome, exitStatus, failures.filter(isUnexpected)]).toEqual(['finished', expected, []]);
    });

    it('calls an indirect function where its resolver says it is', () => {
      expect(call(file, 'indirect')).toMatchObject({ outcome: 'finished', exitStatus: '11' });
    });

    it.each(dialects)('has thread-local storage of both files with %s', (dialect) => {
      const { outcome, exitStatus, failures } = call(buildLibraries(gcc, dialect), 'storage');
      expect([outcome, exitStatus, failures.filter(isUnexpected)]).toEqual(['finished', '703', []]);
    });

    it('names what was not found, and goes on', () => {
      const moved = buildLibraries(gcc, dialects[0]!);
      const elsewhere = join(dirname(moved), 'elsewhere');
      mkdirSync(elsewhere);
      renameSync(join(dirname(moved), 'libdependency.so.1'), join(elsewhere, 'libdependency.so.1.0.3'));
      const alone = call(moved, 'new_version');
      expect(alone).toMatchObject({ outcome: 'finished', exitStatus: '0' });
      expect(alone.notes.join('\n')).toMatch(/^libdependency\.so\.1, which .*library\.so needs, was not found/);
      // By its DT_SONAME, in a folder that is named.
      expect(call(moved, 'new_version', [elsewhere])).toMatchObject({
        exitStatus: '2',
        notes: [expect.stringMatching(/absent/)],
      });
    });

    it('says in which file of several a failing row is', () => {
      const { image } = loadFile({ file });
      expect(image.modules.map((module) => basename(module.name))).toEqual([
        'library.so',
        'libdependency.so.1',
        '(stubs)',
      ]);
    });
  });
}
