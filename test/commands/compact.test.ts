import { execFileSync } from 'node:child_process';
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { compactEncodings, openElfModule, readElf } from '../../engine/index.ts';
import { main } from '../../harness/cli/main.ts';
import { type CompactReport, compactReport } from '../../harness/record/compact.ts';
import { fixturePath } from '../harness/compact/fixtures.ts';
import { inTemporaryFolder, missingTools } from '../tools/external.ts';

const library = fixturePath('x86-64', 'virtual-calls-gcc12-O2-pie');
const arm = fixturePath('aarch64', 'virtual-calls-gcc12-O2-pie');
const object = fixturePath('x86-64', 'callbacks-gcc12-O2-object.o');

afterEach(() => {
  vi.restoreAllMocks();
});

/** Runs `plumbline compact`. */
async function compact(...args: string[]): Promise<{ status: number; out: string; errors: string }> {
  let out = '';
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    out += text;
    return true;
  });
  vi.spyOn(console, 'log').mockImplementation((text) => {
    out += `${text}\n`;
  });
  let errors = '';
  vi.spyOn(console, 'error').mockImplementation((text) => {
    errors += `${text}\n`;
  });
  const status = await main(['compact', ...args], { provideUnicorn: () => {} });
  vi.restoreAllMocks();
  return { status, out, errors };
}

const report = (out: string): CompactReport => compactReport.parse(JSON.parse(out));

/** A module that exports the first encoding for linked files with a lie. */
function lyingModule(lie: string): string {
  const engine = new URL('../../engine/index.ts', import.meta.url).href;
  return [
    `import { compactEncodings } from ${JSON.stringify(engine)};`,
    "const honest = compactEncodings.find(({ name }) => name === 'compact-g3');",
    `export default { ...honest, name: 'mine', open(sections, architecture) {`,
    '  const source = honest.open(sections, architecture);',
    `  return { lookup(lo, hi, row) { const found = source.lookup(lo, hi, row); ${lie}; return found; } };`,
    '} };',
  ].join('\n');
}

describe('plumbline compact', () => {
  it('prints a column for each encoding, with coverage and the bytes of each part', async () => {
    const { status, out } = await compact(library);
    expect(status).toBe(0);
    for (const { name, files } of compactEncodings) expect(out.includes(`  ${name}`)).toBe(files !== 'objects');
    expect(out).toMatch(/^ {2}inexact +0 +0/m);
    expect(out).toMatch(/^bytes: pages +\d/m);
    expect(out).toMatch(/^smaller than the original +-?\d/m);
    expect(
      Math.max(
        ...out
          .split('\n')
          .slice(2)
          .map((line) => line.length),
      ),
    ).toBeLessThanOrEqual(100);
  });

  it('reports counts that add up, in JSON, for several files', async () => {
    const { status, out } = await compact('--json', library, arm, object);
    expect(status).toBe(0);
    const { files } = report(out);
    expect(files.map(({ kind, architecture }) => [kind, architecture])).toEqual([
      ['linked', 'x86-64'],
      ['linked', 'aarch64'],
      ['object', 'x86-64'],
    ]);
    for (const { encodings, original } of files) {
      expect(Object.keys(encodings).length).toBeGreaterThan(1);
      for (const one of Object.values(encodings)) {
        const sum = (counts: Readonly<Record<string, number>>) => Object.values(counts).reduce((a, b) => a + b, 0);
        expect(one.strict + one.valueEqual + sum(one.fallback) + one.inexact).toBe(one.functions);
        expect(sum(one.bytes)).toBe(one.totalBytes);
        expect(sum(original)).toBe(one.originalBytes);
        expect(one.lsda?.wrong ?? 0).toBe(0);
      }
    }
  });

  it('chooses encodings by name, and takes those of a module', async () => {
    const { out } = await compact('--json', '--encoding', 'compact-g3', library);
    expect(Object.keys(report(out).files[0]!.encodings)).toEqual(['compact-g3']);
    await inTemporaryFolder(async (folder) => {
      const mine = join(folder, 'mine.mjs');
      writeFileSync(mine, lyingModule(''));
      const own = await compact('--json', '--encoding', mine, library);
      expect(own.status).toBe(0);
      expect(Object.keys(report(own.out).files[0]!.encodings)).toEqual(['mine']);
    });
  });

  it('encodes DWARF anew where that is asked for', async () => {
    const { status, out } = await compact('--json', '--encoding', 'dwarf', library);
    expect(status).toBe(0);
    const { strict, functions } = report(out).files[0]!.encodings.dwarf!;
    expect(strict).toBe(functions);
  });

  it('blames a module for what it makes', async () => {
    await inTemporaryFolder(async (folder) => {
      const mine = join(folder, 'mine.mjs');
      const engine = new URL('../../engine/index.ts', import.meta.url).href;
      const wrong = '{ ...dwarfEncoding, encode: (input) => ({ ...dwarfEncoding.encode(input), parts: {} }) }';
      writeFileSync(mine, `import { dwarfEncoding } from ${JSON.stringify(engine)};\nexport default ${wrong};\n`);
      const { status, errors } = await compact('--encoding', mine, library);
      expect(status).toBe(2);
      expect(errors).toMatch(/mine\.mjs: dwarf does not encode: made parts of 0 bytes/);
    });
  });

  it('fails with both rows where an encoding is inexact', async () => {
    await inTemporaryFolder(async (folder) => {
      const mine = join(folder, 'mine.mjs');
      writeFileSync(mine, lyingModule('row.cfaLo += 8'));
      const json = await compact('--json', '--encoding', mine, library);
      expect(json.status).toBe(1);
      const { inexact, functions, examples } = report(json.out).files[0]!.encodings.mine!;
      expect(inexact).toBe(functions);
      expect(examples).toHaveLength(5);
      expect(examples[0]).toMatchObject({
        dwarf: expect.stringContaining('CFA=rsp+8'),
        encoding: expect.stringContaining('CFA=rsp+16'),
      });
      const text = await compact('--encoding', mine, library);
      expect(text.out).toMatch(
        new RegExp(`mine: ${functions} inexact, the first:\\n {2}function 0x[0-9a-f]+, \\d+ bytes from`),
      );
    });
  });

  it('adds up the objects of an archive', async (context) => {
    context.skip(missingTools('ar').length > 0, 'needs ar');
    await inTemporaryFolder(async (folder) => {
      const archive = join(folder, 'two.a');
      const other = fixturePath('x86-64', 'cold-paths-gcc12-O2-object.o');
      execFileSync('ar', ['rc', archive, object, other]);
      const { status, out } = await compact('--json', archive, object, other);
      expect(status).toBe(0);
      const [both, one, two] = report(out).files;
      expect([both!.kind, both!.members]).toEqual(['archive', 2]);
      for (const [name, sum] of Object.entries(both!.encodings)) {
        const parts = [one!, two!].map(({ encodings }) => encodings[name]!);
        for (const key of ['functions', 'strict', 'popped', 'descriptors', 'totalBytes', 'originalBytes'] as const) {
          expect([key, sum[key]]).toEqual([key, parts.reduce((total, part) => total + part[key], 0)]);
        }
      }
    });
  });

  it('writes a file that opens with what the encoding made, and compares steps from it', async () => {
    await inTemporaryFolder(async (folder) => {
      const to = join(folder, 'new', 'out');
      const { status, out } = await compact(
        '--json', '--encoding', 'compact-g3', '--emit', to, '--step-check', '--functions', '5', library,
      ); // biome-ignore format: one command line
      expect(status).toBe(0);
      expect(report(out).files[0]!.encodings['compact-g3']!.steps).toMatchObject({ functions: 5, different: 0 });
      const elf = readElf(readFileSync(to));
      const module = openElfModule(elf, { name: 'out', loadBias: 0n, lookup: 'header' });
      expect(module.rowAt(elf.entry)).toBeDefined();
      expect(statSync(to).mode & 0o777).toBe(statSync(library).mode & 0o777);
      const again = await compact(to);
      expect([again.status, again.errors]).toEqual([2, expect.stringContaining('found the encoding compact-g3')]);
    });
  });

  it('takes what an encoding throws for what it says of the address', async () => {
    await inTemporaryFolder(async (folder) => {
      const module = join(folder, 'throws.mjs');
      writeFileSync(module, lyingModule("throw new TypeError('oops')"));
      const { status, out } = await compact('--encoding', module, library);
      expect(status).toBe(1);
      expect(out).toContain('    encoding  error: mine: TypeError: oops\n');
    });
  });

  it('ends with status 2 where no encoding that was asked for is for any file', async () => {
    const { status, errors } = await compact('--encoding', 'compact', object);
    expect(status).toBe(2);
    expect(errors).toContain('nothing was encoded: compact is for linked files of x86-64 and aarch64');
  });

  it.each<[string, (folder: string) => string[], RegExp]>([
    ['a file that does not exist', () => ['/nowhere/at/all'], /cannot encode .*ENOENT/],
    ['a file that is none', (folder) => [file(folder, Buffer.from('no ELF file'))], /cannot encode .*magic number/],
    [
      'an ELF file that is cut off',
      (folder) => [file(folder, readFileSync(library).subarray(0, 5000))],
      /cannot encode/,
    ],
    [
      'an archive that is cut off',
      (folder) => [file(folder, Buffer.from(`!<arch>\n${'a.o/'.padEnd(48)}900       \`\nabc`))],
      /cannot encode .*archive.*expected a member that ends in the archive/,
    ],
    [
      'an archive without objects',
      (folder) => [file(folder, Buffer.from('!<arch>\n'))],
      /expected an archive of ELF objects/,
    ],
    [
      'an encoding that there is not',
      () => ['--encoding', 'nothing', library],
      /no encoding nothing; there are compact-g3/,
    ],
    ['a module that does not exist', () => ['--encoding', './nothing.js', library], /nothing\.js does not exist/],
    ['--emit in several encodings', () => ['--emit', '/tmp/out', library], /--emit writes one file in one encoding/],
    [
      '--emit over the file itself',
      (folder) => ['--encoding', 'compact', '--emit', join(folder, 'bad'), file(folder, readFileSync(library))],
      /--emit would write over/,
    ],
    ['--functions alone', () => ['--functions', '3', library], /--functions belongs to --step-check/],
    ['--emit of an object', () => ['--emit', '/tmp/out', '--encoding', 'compact-objects', object], /can be emitted/],
    ['no file', () => [], /./],
  ])('ends with status 2 and a message for %s', async (_, args, message) => {
    await inTemporaryFolder(async (folder) => {
      const { status, out, errors } = await compact(...args(folder));
      expect(status).toBe(2);
      expect(out).toBe('');
      if (args(folder).length > 0) expect(errors).toMatch(message);
    });
  });
});

function file(folder: string, bytes: Uint8Array): string {
  const path = join(folder, 'bad');
  writeFileSync(path, bytes);
  return path;
}
