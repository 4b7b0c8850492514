import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { build, isBuilt } from '../../../harness/setup/build.js';
import { root as checkout } from '../../commands/plumbline.ts';

let root = '';
const source = (folder: string, name: string) => join(root, folder, name);

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'plumbline-build-'));
  for (const folder of ['engine', 'generators', 'harness', 'reports']) {
    mkdirSync(join(root, folder));
    writeFileSync(source(folder, 'a.ts'), `export const name: string = '${folder}';\n`);
  }
  symlinkSync(join(checkout, 'node_modules'), join(root, 'node_modules'));
  writeFileSync(join(root, 'package-lock.json'), '{}');
  writeFileSync(join(root, 'tsconfig.json'), '{}');
  const options = { rootDir: '.', module: 'nodenext', target: 'es2023', types: [] };
  const configuration = { compilerOptions: options, include: ['engine', 'generators', 'harness', 'reports'] };
  writeFileSync(join(root, 'tsconfig.build.json'), JSON.stringify(configuration));
});

describe('build()', () => {
  it('is needed until it was done and again when a source changes, appears or goes', { timeout: 240_000 }, () => {
    expect(isBuilt(root)).toBe(false);
    build(root);
    expect(isBuilt(root)).toBe(true);
    writeFileSync(source('engine', 'b.ts'), 'export const b = 1;\n');
    expect(isBuilt(root)).toBe(false);
    build(root);
    expect(isBuilt(root)).toBe(true);
    rmSync(source('engine', 'b.ts'));
    expect(isBuilt(root)).toBe(false);
    build(root);
    writeFileSync(source('reports', 'a.ts'), 'export const changed = 1;\n');
    expect(isBuilt(root)).toBe(false);
  });

  it('says what is wrong where the sources cannot be compiled, and keeps the last build', { timeout: 240_000 }, () => {
    build(root);
    writeFileSync(source('engine', 'a.ts'), 'export const = ;\n');
    expect(() => build(root)).toThrow(/compiling the sources failed .*\n.*engine\/a\.ts\(1,/s);
    expect(isBuilt(root)).toBe(false);
    writeFileSync(source('engine', 'a.ts'), `export const name = 'repaired';\n`);
    build(root);
    expect(isBuilt(root)).toBe(true);
  });
});
