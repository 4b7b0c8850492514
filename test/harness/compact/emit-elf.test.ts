import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  type ArchitectureName,
  compactEncodings,
  type ElfFile,
  type Encoding,
  openElfModule,
  readElf,
  UnwindError,
} from '../../../engine/index.ts';
import { checkRows } from '../../../harness/compact/check-rows.ts';
import { openCompactModule } from '../../../harness/compact/compact-module.ts';
import { checkEmittedSteps, emitEncoding } from '../../../harness/compact/index.ts';
import { inTemporaryFolder, missingTools } from '../../tools/external.ts';
import { fixture } from './fixtures.ts';

const forLinked = compactEncodings.filter(({ files }) => files !== 'objects');
const cases = (['x86-64', 'aarch64'] as const).flatMap((architecture) =>
  forLinked
    .filter(({ architectures }) => architectures.includes(architecture))
    .map((encoding): [ArchitectureName, string, Encoding] => [architecture, encoding.name, encoding]),
);
const program = 'virtual-calls-gcc12-O2-pie';

const open = (elf: ElfFile, loadBias = 0n, lookup: 'header' | 'list' = 'header') =>
  openElfModule(elf, { name: 'emitted', loadBias, lookup });

describe('emitEncoding()', () => {
  it.each(cases)('on %s in %s gives a file that opens with the same rows', (architecture, _, encoding) => {
    const { bytes, elf, module } = fixture(architecture, program);
    const emitted = readElf(emitEncoding(bytes, elf, encoding));
    for (const lookup of ['header', 'list'] as const) {
      const { source } = open(emitted, 0n, lookup);
      const check = checkRows({ frames: module.frames, encoding: source, code: module.code });
      expect(check.examples).toEqual([]);
      expect(check.compared).toBeGreaterThan(check.functions.count);
    }
  });

  it('opens at another load address', () => {
    const { bytes, elf, module } = fixture('x86-64', program);
    const bias = 0x7f12_3456_7000n;
    const original = open(elf, bias);
    const emitted = open(readElf(emitEncoding(bytes, elf, forLinked[0]!)), bias);
    expect(emitted.rowAt(module.frames.section.address)).toBeUndefined();
    const entry = elf.entry + bias;
    expect(emitted.rowAt(entry)?.cfaColumn).toBe(original.rowAt(entry)!.cfaColumn);
    expect(emitted.rowAt(elf.entry)).toBeUndefined();
  });

  it('moves nothing but the unwind sections, and leaves nothing where they were', () => {
    const { bytes, elf } = fixture('x86-64', program);
    const out = emitEncoding(bytes, elf, forLinked[0]!);
    const emitted = readElf(out);
    const moved = ['.eh_frame', '.eh_frame_hdr'];
    for (const section of elf.sections.filter(({ name }) => !moved.includes(name))) {
      const { offset, address, size } = emitted.sections[section.index]!;
      expect({ offset, address, size }).toEqual({
        offset: section.offset,
        address: section.address,
        size: section.size,
      });
      expect(emitted.sections[section.index]!.bytes).toEqual(section.bytes);
    }
    for (const name of moved) {
      const { offset, size } = elf.section(name)!;
      expect(out.subarray(offset, offset + size).every((byte) => byte === 0)).toBe(true);
      const now = emitted.section(name)!;
      const segment = emitted.segments.find(
        ({ address }) => address !== 0n && now.address - address < 0x1000n && now.address >= address,
      );
      expect(segment).toBeDefined();
      expect(now.offset).toBeGreaterThan(bytes.length - 1);
    }
  });

  it('refuses an encoding that is not known when the file is opened, and a section without one', () => {
    const { bytes, elf } = fixture('x86-64', program);
    const other: Encoding = { ...forLinked[0]!, name: 'another' };
    const emitted = readElf(emitEncoding(bytes, elf, other));
    expect(() => open(emitted)).toThrowError(/found another/);
    const opened = openElfModule(emitted, { name: '', loadBias: 0n, lookup: 'header', encodings: [other] });
    expect(opened.rowAt(elf.entry)).toBeDefined();
    const empty: Encoding = { ...other, encode: (input) => ({ ...forLinked[0]!.encode(input), sections: [] }) };
    expect(() => emitEncoding(bytes, elf, empty)).toThrowError(UnwindError);
  });

  const missing = missingTools('cc', 'readelf');
  it.skipIf(missing.length > 0)(`gives a program that runs (needs ${missing.join(' ') || 'cc, readelf'})`, () => {
    inTemporaryFolder((folder) => {
      const [source, plain, out] = ['a.c', 'plain', 'out'].map((name) => join(folder, name)) as [
        string,
        string,
        string,
      ];
      writeFileSync(source, '#include <stdio.h>\nint main(int n, char **v) { printf("%s\\n", v[1]); return 7; }\n');
      execFileSync('cc', ['-O2', '-o', plain, source]);
      const bytes = Uint8Array.from(readFileSync(plain));
      const elf = readElf(bytes);
      const encoding = forLinked.find(({ architectures }) => architectures.includes(elf.architecture.name))!;
      writeFileSync(out, emitEncoding(bytes, elf, encoding), { mode: 0o755 });
      const { status, stdout } = spawnSync(out, ['it runs'], { encoding: 'utf8' });
      expect({ status, stdout }).toEqual({ status: 7, stdout: 'it runs\n' });
      const { stderr } = spawnSync('readelf', ['-lSW', out], { encoding: 'utf8' });
      expect(stderr).toBe('');
    });
  });
});

describe('checkEmittedSteps()', () => {
  it.each(cases)('on %s in %s finds every step the same', (architecture, _, encoding) => {
    const { bytes, elf } = fixture(architecture, program);
    const emitted = emitEncoding(bytes, elf, encoding);
    const check = checkEmittedSteps({ original: elf, emitted, encoding, sample: 1000, seed: '1' });
    expect(check.differences).toEqual([]);
    expect(check.functions).toBe(openCompactModule(elf)!.frames.index.count);
    expect(check.toCaller).toBeGreaterThan(100);
  });

  it.each(['x86-64', 'aarch64'] as const)('finds the steps of %s that differ', (architecture) => {
    const { bytes, elf } = fixture(architecture, program);
    const honest = forLinked.find(({ architectures }) => architectures.includes(architecture))!;
    const emitted = emitEncoding(bytes, elf, honest);
    const lying: Encoding = {
      ...honest,
      open(sections, of) {
        const source = honest.open(sections, of);
        return {
          lookup(lo, hi, row) {
            const found = source.lookup(lo, hi, row);
            if (row.ruleCount > 1) row.ruleLo[0] = row.ruleLo[0]! - 8;
            return found;
          },
        };
      },
    };
    const check = checkEmittedSteps({ original: elf, emitted, encoding: lying, sample: 1000, seed: '1' });
    expect(check.different).toBeGreaterThan(10);
    expect(check.differences[0]!.original).not.toBe(check.differences[0]!.emitted);
  });
});
