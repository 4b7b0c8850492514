import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { loadEncodings, loadUnwinders, UnwinderModuleError } from '../../../../harness/unwinders/module/index.ts';

function moduleFile(text: string): string {
  const file = join(mkdtempSync(join(tmpdir(), 'plumbline-test-')), 'mine.mjs');
  writeFileSync(file, text);
  return file;
}

async function problemOf(loading: Promise<unknown>): Promise<string> {
  const error = await loading.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(UnwinderModuleError);
  return (error as UnwinderModuleError).message;
}

const sound = `description: 'x', lacks: [], open() {}`;

describe('loadUnwinders()', () => {
  it.each([
    ['\nthrow new Error("at work")', /mine\.mjs: cannot be loaded: Error: at work \(mine\.mjs:2:7\)$/],
    ['throw null', /mine\.mjs: cannot be loaded: null/],
    ['export const mine = {}', /its default export is undefined, expected an unwinder, an array/],
    ['export default []', /exports an empty array/],
    [
      'export default () => { throw new Error("no library") }',
      /the function it exports threw: Error: no library \(mine\.mjs:1:30\)$/,
    ],
    ['export default [7]', /unwinder 0 is a number/],
    ['export default {}', /has no usable name: .* found undefined/],
    [`export default { name: 'a b', ${sound} }`, /has no usable name: .* found "a b"/],
    [`export default { name: 'a', lacks: [], open() {} }`, /\(a\) has no description/],
    [`export default { name: 'a', description: '', open() {} }`, /\(a\) has no list of what it lacks/],
    [
      `export default { name: 'a', description: '', lacks: ['dwarf'], open() {} }`,
      /lacks dwarf, .* none of eh-frame-hdr,/,
    ],
    [`export default { name: 'a', description: '', lacks: [] }`, /\(a\) has no method open/],
    [`export default { name: 'a', applies: true, ${sound} }`, /\(a\): applies is a boolean, not a method/],
    [`export default [{ name: 'a', ${sound} }, { name: 'a', ${sound} }]`, /unwinder 1 has the name a of another one/],
  ])('says why %s is no module of unwinders', async (text, message) => {
    expect(await problemOf(loadUnwinders(moduleFile(text)))).toMatch(message);
  });

  it('takes one, several, and a function that makes them of the package', async () => {
    const names = async (text: string) => (await loadUnwinders(moduleFile(text))).map(({ name }) => name);
    expect(await names(`export default { name: 'a', ${sound} }`)).toEqual(['a']);
    expect(await names(`export default [{ name: 'a', ${sound} }, { name: 'b', ${sound} }]`)).toEqual(['a', 'b']);
    const made = `export default async ({ engine }) => ({ name: typeof engine.dwarfEncoding, ${sound} })`;
    expect(await names(made)).toEqual(['object']);
  });
});

describe('loadEncodings()', () => {
  it.each([
    ['{}', /its default export has no usable name/],
    [`{ name: 'Mine' }`, /expected 1 to 40 lower-case letters, digits and dashes, found "Mine"/],
    [`{ name: 'mine', description: 'x' }`, /\(mine\) has no list of architectures/],
    [`{ name: 'mine', description: 'x', architectures: ['z80'] }`, /\(mine\) is for the architecture z80/],
    [`{ name: 'mine', description: 'x', architectures: ['x86-64'] }`, /\(mine\) has no method encode\(input\)/],
    [`{ name: 'mine', description: 'x', architectures: ['x86-64'], encode() {} }`, /has no method open\(sections, /],
    ['[]', /exports an empty array instead of encodings/],
    ['7', /is a number, expected an encoding/],
  ])('says why %s is no encoding', async (text, message) => {
    expect(await problemOf(loadEncodings(moduleFile(`export default ${text}`)))).toMatch(message);
  });
});
