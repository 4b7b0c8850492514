import { describe, expect, it } from 'vitest';
import { DescriptorList } from '../../../../engine/elf-compact/descriptor-list.ts';
import type { DescriptorRange, LinkedContent } from '../../../../engine/elf-compact/linked-form.ts';
import { type LsdaRecord, StreamIndex, streamForm } from '../../../../engine/elf-compact/stream/index.ts';
import { type ContentShape, randomContent } from './content.ts';

const shapes: Record<string, ContentShape> = {
  'one descriptor': { descriptors: 1, kinds: 1, unit: 1, phase: 0, lsdas: 1, personalities: 1 },
  'less than a block': { descriptors: 9, kinds: 3, unit: 1, phase: 0, lsdas: 0.5, personalities: 2 },
  'just a block': { descriptors: 16, kinds: 3, unit: 4, phase: 0, lsdas: 0, personalities: 0 },
  'few kinds': { descriptors: 1000, kinds: 5, unit: 1, phase: 0, lsdas: 0.3, personalities: 1 },
  'many kinds': { descriptors: 3000, kinds: 900, unit: 4, phase: 0, lsdas: 0.9, personalities: 7 },
  'functions beside multiples of 16': { descriptors: 600, kinds: 20, unit: 4, phase: 12, lsdas: 0.4, personalities: 1 },
  'addresses far apart': { descriptors: 500, kinds: 20, unit: 64, phase: 0, lsdas: 0.1, personalities: 3 },
};

function addressesOf(start: number, end: number): number[] {
  return start < end ? [start, Math.floor((start + end) / 2), end - 1] : [];
}

/** Addresses where something else is found than `content` says. */
function wrongRanges(content: LinkedContent): number[] {
  const index = new StreamIndex(streamForm.write(content).bytes);
  const { descriptors, end } = content;
  const range: DescriptorRange = { start: 0, end: 0, lo: 0, hi: 0 };
  const wrong: number[] = [];
  for (let i = 0; i < descriptors.count; i++) {
    const start = descriptors.start[i]!;
    const rangeEnd = i + 1 < descriptors.count ? descriptors.start[i + 1]! : end;
    for (const address of addressesOf(start, rangeEnd)) {
      const found = index.find(address, range) && range.start === start && range.end === rangeEnd;
      if (!found || range.lo !== descriptors.lo[i] || range.hi !== descriptors.hi[i]) wrong.push(address);
    }
  }
  const first = descriptors.start[0]!;
  for (const address of [first - 1, end, end + 1, 2 ** 31 - 1, -(2 ** 31)]) {
    if ((address < first || address >= end) && index.find(address, range)) wrong.push(address);
  }
  return wrong;
}

/** Addresses where another LSDA is found than `content` says, or one where there is none. */
function wrongLsdas(content: LinkedContent): number[] {
  const index = new StreamIndex(streamForm.write(content).bytes);
  const { lsdaFunction, lsdaFunctionEnd, lsda, lsdaPersonality } = content;
  const found: LsdaRecord = { start: 0, end: 0, lsda: 0, personality: 0 };
  const wrong: number[] = [];
  for (let i = 0; i < lsdaFunction.length; i++) {
    const start = lsdaFunction[i]!;
    const end = lsdaFunctionEnd[i]!;
    for (const address of addressesOf(start, end)) {
      const isFound = index.findLsda(address, found) && found.start === start && found.end === end;
      if (!isFound || found.lsda !== lsda[i] || found.personality !== lsdaPersonality[i]) wrong.push(address);
    }
    const next = lsdaFunction[i + 1] ?? Number.POSITIVE_INFINITY;
    for (const address of [end, end + 1]) if (address < next && index.findLsda(address, found)) wrong.push(address);
  }
  if (lsdaFunction.length > 0 && index.findLsda(lsdaFunction[0]! - 1, found)) wrong.push(lsdaFunction[0]! - 1);
  return wrong;
}

function listOf(entries: readonly (readonly [number, number, number])[], end: number): LinkedContent {
  const descriptors = new DescriptorList();
  for (const [start, lo, hi] of entries) descriptors.add(start, lo, hi);
  const none = new Int32Array(0);
  const lsdas = { lsdaFunction: none, lsdaFunctionEnd: none, lsda: none, lsdaPersonality: none };
  return { descriptors, end, personalities: none, ...lsdas };
}

describe('the stream form', () => {
  for (const [name, shape] of Object.entries(shapes)) {
    it(`finds at each address the descriptor and range it was made from: ${name}`, () => {
      for (let seed = 0; seed < 8; seed++) {
        expect(wrongRanges(randomContent(`stream/${name}/${seed}`, shape)), `seed ${seed}`).toEqual([]);
      }
    });

    it(`finds the LSDAs of the functions that have one, and of no others: ${name}`, () => {
      for (let seed = 0; seed < 8; seed++) {
        expect(wrongLsdas(randomContent(`stream/${name}/${seed}`, shape)), `seed ${seed}`).toEqual([]);
      }
    });
  }

  it('keeps descriptors whose bits are those of the special symbols', () => {
    const halves = [0xffffffff, 0xfffffffe, 0, 1];
    const pairs = halves.flatMap((lo) => halves.map((hi) => [lo, hi] as const));
    const twice = [...pairs, ...pairs.flatMap((pair) => [pair, pair, pair, pair, pair])];
    const entries = twice.map(([lo, hi], i) => [16 * i, lo, hi] as const);
    expect(wrongRanges(listOf(entries, 16 * twice.length))).toEqual([]);
  });

  it('reaches from one end of the addresses to the other', () => {
    const far = 2 ** 31;
    const starts = [-far, -far + 1, far - 2];
    const entries = starts.map((start, i) => [start, i, 6] as const);
    expect(wrongRanges(listOf(entries, far - 1))).toEqual([]);
  });

  it('has no descriptor at any address where there are none', () => {
    const index = new StreamIndex(streamForm.write(listOf([], 0)).bytes);
    expect(index.find(0, { start: 0, end: 0, lo: 0, hi: 0 })).toBe(false);
    expect(index.findLsda(0, { start: 0, end: 0, lsda: 0, personality: 0 })).toBe(false);
  });

  it('says how many bytes each part takes, which make up the section', () => {
    const { bytes, parts } = streamForm.write(randomContent('stream/parts', shapes['many kinds']!));
    expect(Object.values(parts).reduce((sum, size) => sum + size, 0)).toBe(bytes.length);
    for (const size of Object.values(parts)) expect(size).toBeGreaterThan(0);
  });

  it('takes less than three bytes for a descriptor like the one before, in functions of usual sizes', () => {
    const entries = Array.from({ length: 4096 }, (_, i) => [48 * i + 16 * (i % 3), 0x40000000 + (i % 3), 7] as const);
    expect(streamForm.write(listOf(entries, 48 * 4097)).bytes.length).toBeLessThan(3 * entries.length);
  });

  it('is as small if functions begin beside multiples of 16', () => {
    const sizeAt = (phase: number): number => {
      const entries = Array.from({ length: 999 }, (_, i) => [80 * i + 16 * (i % 5) + phase, i % 7, 7] as const);
      return streamForm.write(listOf(entries, 80 * 1000 + phase)).bytes.length;
    };
    expect([1, 4, 12].map(sizeAt)).toEqual(Array(3).fill(sizeAt(0)));
  });

  it('does not write addresses that do not ascend', () => {
    const write = (starts: readonly number[], end: number) => () =>
      streamForm.write(
        listOf(
          starts.map((start) => [start, 1, 0] as const),
          end,
        ),
      );
    expect(write([16, 0], 32)).toThrow(/ascending addresses, found 0 after 16/);
    expect(write([0, 16], 8)).toThrow(/ascending addresses, found 8 after 16/);
  });
});
