import { describe, expect, it } from 'vitest';
import { ManifestError, readCompiledPrograms } from '../../../harness/compiled/index.ts';
import { folderOf, writeFolder } from './folder.ts';

const path = 'binaries/x86-64/recursion-gcc12-O2';
const versions = {};
const binary = {
  path,
  architecture: 'x86-64',
  compiler: 'gcc12',
  kind: 'executable',
  flags: [],
  programs: ['gcc'],
  entry: '_start',
  exitStatus: 3,
};
const noFaults = { kinds: {}, faults: [] };
const fault = { fixture: path, function: 'main', row: 'CFA=sp', pcs: ['0x1'], kind: 'a' };
const kinds = { a: { what: '', evidence: '' } };

describe('readCompiledPrograms()', () => {
  it('reads binaries, and known faults by binary', () => {
    const programs = readCompiledPrograms(
      writeFolder({ versions, binaries: [binary] }, { kinds, faults: [fault, fault] }),
    )!;
    expect(programs.binaries).toEqual([binary]);
    expect([...programs.faults]).toEqual([[path, [fault, fault]]]);
    expect(readCompiledPrograms(folderOf(path))!.binaries.map((one) => one.path)).toEqual([path]);
  });

  it('finds nothing where there is no manifest', () => {
    expect(readCompiledPrograms(writeFolder(undefined, undefined))).toBeUndefined();
  });

  it.each([
    ['{', noFaults, /manifest\.json: is not JSON$/],
    [{ versions }, noFaults, /manifest\.json: binaries: /],
    [{ versions, binaries: [{ ...binary, exitStatus: 256 }] }, noFaults, /manifest\.json: binaries\.0\.exitStatus: /],
    [{ versions, binaries: [{ ...binary, entry: 'exit' }] }, noFaults, /manifest\.json: binaries\.0\.entry: /],
    [{ versions, binaries: [{ ...binary, path: 'binaries/x86-64/../../a' }] }, noFaults, /binaries\.0\.path: /],
    [{ versions, binaries: [{ ...binary, path: 'binaries/x86-64/..' }] }, noFaults, /binaries\.0\.path: /],
    [{ versions, binaries: [binary] }, undefined, /producer-faults\.json: cannot be read$/],
    [{ versions, binaries: [binary] }, { kinds }, /producer-faults\.json: faults: /],
    [{ versions, binaries: [binary] }, { kinds, faults: [{ ...fault, pcs: [] }] }, /faults\.0\.pcs: /],
    [{ versions, binaries: [binary] }, { kinds, faults: [{ ...fault, pcs: ['1'] }] }, /faults\.0\.pcs\.0: /],
    [{ versions, binaries: [binary] }, { kinds: {}, faults: [fault] }, /producer-faults\.json: there is no kind a$/],
    [{ versions, binaries: [] }, { kinds, faults: [fault] }, /recursion-gcc12-O2 is not in manifest\.json$/],
  ])('says which file is wrong and how: %j, %j', (manifest, faults, message) => {
    const made = writeFolder(manifest, faults);
    expect(() => readCompiledPrograms(made)).toThrow(ManifestError);
    expect(() => readCompiledPrograms(made)).toThrow(message);
  });
});
