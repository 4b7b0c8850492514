import { describe, expect, it } from 'vitest';
import type { DescriptorRange } from '../../../../engine/elf-compact/linked-form.ts';
import { type LsdaRecord, StreamIndex, streamForm } from '../../../../engine/elf-compact/stream/index.ts';
import { UnwindError } from '../../../../engine/index.ts';
import { Random } from '../../../../generators/random.ts';
import { randomContent } from './content.ts';

const shape = { descriptors: 60, kinds: 12, unit: 1, phase: 0, lsdas: 0.5, personalities: 2 };
const content = randomContent('stream/malformed', shape);
const { bytes } = streamForm.write(content);
const range: DescriptorRange = { start: 0, end: 0, lo: 0, hi: 0 };
const record: LsdaRecord = { start: 0, end: 0, lsda: 0, personality: 0 };

/** Opens a section and looks addresses up; true where that fails with an `UnwindError`. Other errors are thrown. */
function fails(section: Uint8Array): boolean {
  try {
    const index = new StreamIndex(section);
    const { start, count } = content.descriptors;
    for (let i = 0; i < count; i++) {
      const address = start[i]!;
      if (index.find(address, range) && (range.start > address || range.end <= address)) {
        throw new Error(`found ${range.start} to ${range.end} for ${address}`);
      }
      index.findLsda(address, record);
    }
    return false;
  } catch (error) {
    if (!(error instanceof UnwindError)) throw error;
    if (error.section !== '.eh_frame_hdr') throw error;
    return true;
  }
}

function withByte(offset: number, value: number): Uint8Array {
  const changed = bytes.slice();
  changed[offset] = value;
  return changed;
}

describe('a broken section in the stream form', () => {
  it('is whole before it is broken', () => {
    expect(fails(bytes)).toBe(false);
  });

  it('is refused wherever it is cut off', () => {
    for (let size = 0; size < bytes.length; size++) expect(fails(bytes.subarray(0, size))).toBe(true);
  });

  it('is unsupported if version or encoding are others', () => {
    for (const [offset, value] of [
      [0, 2],
      [1, 0x3b],
    ] as const) {
      expect(() => new StreamIndex(withByte(offset, value))).toThrow(/\+0x0: expected version 0x81/);
    }
  });

  it('is refused if the header cannot be', () => {
    expect(() => new StreamIndex(withByte(2, 5))).toThrow(/\+0x2: expected an alignment/);
    expect(() => new StreamIndex(withByte(3, 8))).toThrow(/\+0x2: expected an alignment/);
    expect(() => new StreamIndex(withByte(4, 16))).toThrow(/\+0x2: expected an alignment/);
    expect(() => new StreamIndex(withByte(6, 0))).toThrow(/\+0x6: expected blocks of 1 to 128 records/);
    expect(() => new StreamIndex(withByte(7, 129))).toThrow(/\+0x6: expected blocks of 1 to 128 records/);
    expect(() => new StreamIndex(withByte(11, 0xff))).toThrow(UnwindError);
  });

  it('is refused if a code has more words than there can be', () => {
    const index = 16 + 8 * (Math.ceil(60 / 16) + 1);
    const lsdaIndex = 12 * (Math.ceil(content.lsda.length / 32) + 1);
    const code = index + 4 * 2 + lsdaIndex;
    expect(() => new StreamIndex(withByte(code + 1, 3))).toThrow(/expected at most 2\^1 code words of 1 bits/);
    expect(() => new StreamIndex(withByte(code, 16))).toThrow(/expected code words of at most 15 bits/);
  });

  it('is refused if a block lies outside of it, or its ranges do not end by the next one', () => {
    const entry = 16 + 8;
    const first = content.descriptors.start[16]!;
    const outside = bytes.slice();
    new DataView(outside.buffer).setUint32(entry + 4, bytes.length + 1, true);
    expect(() => new StreamIndex(outside).find(first, range)).toThrow(/\+0x1c: expected offsets of blocks/);
    const early = bytes.slice();
    const view = new DataView(early.buffer);
    view.setInt32(entry, content.descriptors.start[0]! + 1, true);
    view.setInt32(entry + 8, content.descriptors.start[0]! + 2, true);
    expect(() => new StreamIndex(early).find(content.descriptors.start[0]! + 1, range)).toThrow(
      /expected ranges that ascend up to the next block/,
    );
  });

  it('is refused if a block ends before its records do', () => {
    const early = bytes.slice();
    const view = new DataView(early.buffer);
    view.setUint32(16 + 12, view.getUint32(16 + 4, true) + 1, true);
    expect(() => new StreamIndex(early).find(content.descriptors.start[15]!, range)).toThrow(
      /expected \d+ bits before/,
    );
  });

  it('never does anything else than fail, whichever byte is changed', () => {
    let failures = 0;
    for (let offset = 0; offset < bytes.length; offset++) {
      for (const flip of [0x01, 0x80, 0xff]) if (fails(withByte(offset, bytes[offset]! ^ flip))) failures++;
    }
    expect(failures).toBeGreaterThan(bytes.length / 4);
  });

  it('is refused if it is random behind a good header', () => {
    for (let seed = 0; seed < 300; seed++) {
      const random = new Random(`stream/random/${seed}`);
      const section = Uint8Array.from({ length: 400 }, () => random.between(0, 255));
      section.set(bytes.subarray(0, 8));
      section.set([random.between(0, 40), 0, 0, 0, random.between(0, 20), 0, 0, 0], 8);
      fails(section);
    }
  });
});
