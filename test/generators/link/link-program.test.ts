import { describe, expect, test } from 'vitest';
import type { ArchitectureName } from '../../../engine/architecture/index.ts';
import { type LinkOptions, linkProgram } from '../../../generators/link/index.ts';
import { sampleData, sampleFunctions } from './programs.ts';

const architectures: readonly ArchitectureName[] = ['x86-64', 'aarch64'];
const link = (architecture: ArchitectureName, options: Partial<LinkOptions> = {}, cie = {}) =>
  linkProgram(sampleFunctions(architecture, cie), { architecture, data: sampleData, ...options });

/** Bytes of the file that are mapped at an address of it and behind, to the end of the segment. */
function mapped(image: Uint8Array, address: bigint): Uint8Array {
  const view = new DataView(image.buffer, image.byteOffset);
  const first = Number(view.getBigUint64(0x20, true));
  for (let at = first; at < first + 56 * view.getUint16(0x38, true); at += 56) {
    const start = view.getBigUint64(at + 16, true);
    const length = view.getBigUint64(at + 32, true);
    if (view.getUint32(at, true) !== 1 || address < start || address >= start + length) continue;
    const offset = Number(view.getBigUint64(at + 8, true) + address - start);
    return image.slice(offset, offset + Number(start + length - address));
  }
  throw new Error(`nothing is mapped at 0x${address.toString(16)}`);
}
const word = (image: Uint8Array, address: bigint) => new DataView(mapped(image, address).buffer).getBigUint64(0, true);

describe.each(architectures)('linkProgram() for %s', (architecture) => {
  test('gives the same bytes for the same input', () => {
    expect(link(architecture).image).toEqual(link(architecture).image);
  });

  test('names labels, instructions and sections by their addresses at run time', () => {
    const bias = 0x7f00_0000_0000n;
    const low = link(architecture);
    const high = link(architecture, { loadBias: bias });
    expect(Array.from(high.labels)).toEqual(Array.from(low.labels, ([name, address]) => [name, address + bias]));
    expect(high.instructions).toEqual(low.instructions.map((address) => address + bias));
    expect(Array.from(high.sections)).toEqual(Array.from(low.sections, ([name, address]) => [name, address + bias]));
    expect(low.sections.get('.text')).toBe(0x401000n);
    expect(low.labels.get('start')).toBe(0x401000n);
  });

  test('writes absolute pointers in data as they are at run time', () => {
    for (const loadBias of [0n, 0x7f00_0000_0000n]) {
      const { image, labels } = link(architecture, { loadBias });
      expect(word(image, labels.get('table')! - loadBias + 8n)).toBe(labels.get('leaf'));
    }
  });

  test('wraps around the end of the address space with the load bias', () => {
    const { labels, instructions } = link(architecture, { textAddress: 0x401000n, loadBias: 0xffff_ffff_0000_0000n });
    expect(labels.get('start')).toBe(0xffff_ffff_0040_1000n);
    expect(instructions[0]).toBe(0xffff_ffff_0040_1000n);
    const down = link(architecture, { textAddress: 0xffff_ffff_8100_0000n, loadBias: 0x1_0000_0000n });
    expect(down.labels.get('start')).toBe(0x8100_0000n);
  });

  test('keeps code, constants and variables on pages of their own', () => {
    const { sections } = link(architecture);
    const pages = ['.text', '.rodata', '.data', '.eh_frame_hdr'].map((name) => sections.get(name)! / 0x1000n);
    expect(new Set(pages).size).toBe(4);
  });

  test('puts the targets of indirect pointers into .got', () => {
    const { image, labels, sections } = link(architecture, {}, { pointerEncoding: 0x9b });
    const got = sections.get('.got')!;
    expect([word(image, got), word(image, got + 8n), word(image, got + 16n)]).toEqual([
      0n,
      labels.get('start'),
      labels.get('leaf'),
    ]);
    expect(() => link(architecture, { loadBias: 0x1000n }, { pointerEncoding: 0x9b })).toThrow('load bias of zero');
  });

  test('counts datarel pointers from .got', () => {
    const { image, labels, sections } = link(architecture, {}, { pointerEncoding: 0x3b, initial: [] });
    const pcBegin = sections.get('.eh_frame')! + 24n + 8n;
    const value = Number(BigInt.asIntN(32, word(image, pcBegin)));
    expect(BigInt(value)).toBe(labels.get('start')! - sections.get('.got')!);
  });

  test('adds FDEs that belong to no function, before and behind the others', () => {
    const extra = (order: 'first' | 'last', size: number) => ({ label: 'leaf', size, order });
    const extraFdes = [extra('last', 3), extra('first', 0)];
    const { image, sections } = link(architecture, { extraFdes });
    const start = sections.get('.eh_frame')!;
    const view = new DataView(mapped(image, start).buffer);
    const sizes: number[] = [];
    for (let at = 0; view.getUint32(at, true) !== 0; at += 4 + view.getUint32(at, true)) {
      if (view.getUint32(at + 4, true) !== 0) sizes.push(view.getUint32(at + 12, true));
    }
    expect([sizes[0], sizes.at(-1), sizes.length]).toEqual([0, 3, 4]);
  });

  test.each<[string, () => unknown]>([
    ['a text that begins within a page', () => link(architecture, { textAddress: 0x401010n })],
    ['a search table for nothing', () => link(architecture, { unwindSections: ['.eh_frame_hdr'] })],
    ['an entry that is no label', () => link(architecture, { entry: 'nowhere' })],
    [
      'data with the name of a function',
      () => link(architecture, { data: [...sampleData, { label: 'leaf', bytes: new Uint8Array(1) }] }),
    ],
    ['data with the name of other data', () => link(architecture, { data: [...sampleData, sampleData[0]!] })],
  ])('refuses %s', (_, attempt) => {
    expect(attempt).toThrow(Error);
  });
});
