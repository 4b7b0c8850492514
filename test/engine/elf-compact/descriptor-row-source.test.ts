import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { x86_64 } from '../../../engine/architecture/index.ts';
import type { FrameSection } from '../../../engine/dwarf/index.ts';
import type { DescriptorLayout } from '../../../engine/elf-compact/descriptor-layout.ts';
import { DescriptorRowSource } from '../../../engine/elf-compact/descriptor-row-source.ts';
import type { DescriptorIndex, DescriptorRange } from '../../../engine/elf-compact/linked-form.ts';
import { paged } from '../../../engine/elf-compact/paged/index.ts';
import { g3 } from '../../../engine/elf-compact/x86-64/g3.ts';
import { UnwindError } from '../../../engine/errors.ts';
import { Row } from '../../../engine/row/row.ts';
import { covering, FrameBytes, rowText, x86Cie } from '../dwarf/frame-bytes.ts';
import { listOf, type Placed } from './descriptors.ts';

const none = new Int32Array(0);

function sourceOf(placed: readonly Placed[], end: number, address: bigint, frames?: FrameSection): DescriptorRowSource {
  const { bytes } = paged.write({
    descriptors: listOf(...placed),
    end,
    personalities: none,
    lsdaFunction: none,
    lsdaFunctionEnd: none,
    lsda: none,
    lsdaPersonality: none,
  });
  return new DescriptorRowSource({ index: paged.open(bytes), layout: g3, address, frames });
}

function rowOf(source: DescriptorRowSource, pc: bigint): string | undefined {
  const row = new Row(x86_64.columnCount);
  const found = source.lookup(Number(pc & 0xffffffffn), Number(pc >> 32n), row);
  return found ? rowText(row, x86_64) : undefined;
}

/** Has the same descriptor at every address. */
function everywhere(range: DescriptorRange): DescriptorIndex {
  return {
    find(_, out) {
      Object.assign(out, range);
      return true;
    },
  };
}

const rbp = 0x0000010420000001n;

describe('rows of linked descriptors', () => {
  it('have addresses of their own, a function and a section', () => {
    const source = sourceOf(
      [
        [0x10, rbp],
        [0x20, 0n],
      ],
      0x30,
      0x4000n,
    );
    const row = new Row(x86_64.columnCount);
    row.section = '.debug_frame';
    expect(source.lookup(0x4013, 0, row)).toBe(true);
    expect(rowText(row, x86_64)).toBe('4011..4014 CFA=rsp+16 rbp=[CFA-16] rip=[CFA-8]');
    expect(row).toMatchObject({ functionLo: 0x4010, functionHi: 0, section: '.eh_frame_hdr' });
    expect(rowOf(source, 0x402fn)).toBe('4020..4030 CFA=rsp+8 rip=[CFA-8]');
  });

  it('end where the last range ends, and do not begin before the first', () => {
    const source = sourceOf([[-0x10, 0n]], 0x10, 0x4000n);
    expect(rowOf(source, 0x3fefn)).toBeUndefined();
    expect(rowOf(source, 0x3ff0n)).toBe('3ff0..4010 CFA=rsp+8 rip=[CFA-8]');
    expect(rowOf(source, 0x4010n)).toBeUndefined();
  });

  it('are exact for all 64 bits of an address', () => {
    const address = 0x7fff_ffff_ffffn;
    const source = sourceOf(
      [
        [-8, rbp],
        [8, 0n],
      ],
      16,
      address,
    );
    expect(rowOf(source, address - 8n)).toMatch(/^7ffffffffff7\.\.7ffffffffff8 CFA=rsp\+8/);
    expect(rowOf(source, address)).toMatch(/^7ffffffffffb\.\.800000000006 CFA=rbp\+16/);
    expect(rowOf(source, address + 7n)).toMatch(/^800000000006\.\.800000000007 CFA=rsp\+8/);
    expect(rowOf(source, address + 8n)).toMatch(/^800000000007\.\.80000000000f /);
    for (const far of [2n ** 32n, 2n ** 31n, 2n ** 33n, 2n ** 63n])
      expect(rowOf(source, address + far)).toBeUndefined();
    for (const far of [2n ** 32n, 2n ** 46n]) expect(rowOf(source, address - far)).toBeUndefined();
  });

  it('are missing where a padding descriptor is', () => {
    const source = sourceOf(
      [
        [0, 0n],
        [8, 1n],
        [16, 0n],
      ],
      24,
      0x4000n,
    );
    expect([0x4007n, 0x4008n, 0x400fn, 0x4010n].map((pc) => rowOf(source, pc))).toEqual([
      '4000..4008 CFA=rsp+8 rip=[CFA-8]',
      undefined,
      undefined,
      '4010..4018 CFA=rsp+8 rip=[CFA-8]',
    ]);
  });

  it('do not show personalities to the layout', () => {
    const seen: number[] = [];
    const layout: DescriptorLayout = {
      ...{ name: 'seen', architecture: x86_64, epilogueSize: () => -1, withEpilogueSize: () => false },
      fill(lo, hi, offset, length, row) {
        seen.push(lo);
        g3.fill(lo, hi, offset, length, row);
      },
    };
    const index = everywhere({ start: 0, end: 8, lo: 0x3c000001, hi: 0x104 });
    const source = new DescriptorRowSource({ index, layout, address: 0x4000n, frames: undefined });
    expect(rowOf(source, 0x4004n)).toMatch(/^4004\.\.4007 CFA=rbp\+16/);
    expect(seen).toEqual([0x20000001]);
  });

  it('are looked for within 2 GiB of the section only', () => {
    const index = everywhere({ start: -(2 ** 31), end: 2 ** 31, lo: 0, hi: 0 });
    const source = new DescriptorRowSource({ index, layout: g3, address: 2n ** 40n, frames: undefined });
    const distances = [-(2n ** 31n) - 1n, -(2n ** 31n), 2n ** 31n - 1n, 2n ** 31n];
    const found = distances.map((distance) => rowOf(source, 2n ** 40n + distance) !== undefined);
    expect(found).toEqual([false, true, true, false]);
  });

  it('are an error where the range leaves the address space', () => {
    expect(() => rowOf(sourceOf([[-16, 0n]], 16, 8n), 8n)).toThrow(/a range in the address space/);
    expect(() => rowOf(sourceOf([[0, 0n]], 16, 2n ** 64n - 16n), 2n ** 64n - 16n)).toThrow(/in the address space/);
    expect(rowOf(sourceOf([[-8, 0n]], 16, 8n), 0n)).toBe('0..18 CFA=rsp+8 rip=[CFA-8]');
  });
});

describe('mode 7', () => {
  const frames = new FrameBytes();
  const cie = frames.cie(...x86Cie);
  const fde = frames.fde(cie, covering(0x5000, 0x10), 0x41, 0x0e, 16);
  const section = frames.section({ address: 0x4100n });
  const at = (offset: number, withFrames: FrameSection | undefined = section) =>
    sourceOf(
      [
        [0x1000, 0xe0000000n + BigInt(offset)],
        [0x1020, 0n],
      ],
      0x1030,
      0x4000n,
      withFrames,
    );

  it('has the rows of the FDE', () => {
    const row = new Row(x86_64.columnCount);
    expect(at(0x100 + fde).lookup(0x5001, 0, row)).toBe(true);
    expect(rowText(row, x86_64)).toBe('5001..5010 CFA=rsp+16 rip=[CFA-8]');
    expect(row).toMatchObject({ section: '.eh_frame', functionLo: 0x5000 });
  });

  it('has none behind the FDE’s function', () => {
    expect(rowOf(at(0x100 + fde), 0x500fn)).toContain('5001..5010');
    expect(rowOf(at(0x100 + fde), 0x5010n)).toBeUndefined();
  });

  it('is an error where there is no such FDE', () => {
    expect(() => rowOf(at(0xff), 0x5000n)).toThrow(/^\.eh_frame_hdr\+0xff: expected an FDE in \.eh_frame$/);
    expect(() => rowOf(at(0x100 + frames.length), 0x5000n)).toThrow(/expected an FDE in \.eh_frame$/);
    expect(() => rowOf(at(0x100 + cie), 0x5000n)).toThrow(/expected an FDE/);
    const without = sourceOf([[0x1000, 0xe0000000n]], 0x1010, 0x4000n);
    expect(() => rowOf(without, 0x5000n)).toThrow(
      expect.objectContaining({ kind: 'missing', section: '.eh_frame_hdr' }),
    );
  });
});

it('any descriptors give rows that have the address, nothing, or an UnwindError', () => {
  const descriptor = fc.oneof(
    fc.bigInt(0n, 2n ** 64n - 1n),
    fc.bigInt(0n, 2n ** 48n - 1n),
    fc.constantFrom(0n, 1n, rbp),
  );
  const piece = fc.tuple(fc.integer({ min: 1, max: 40 }), descriptor);
  const frames = new FrameBytes();
  frames.fde(frames.cie(...x86Cie), covering(0x4000, 0x100));
  const section = frames.section({ address: 0x4000n });
  fc.assert(
    fc.property(fc.array(piece, { minLength: 1, maxLength: 10 }), fc.bigInt(0n, 2n ** 64n - 1n), (pieces, random) => {
      let end = -20;
      const placed = pieces.map(([size, value]): Placed => {
        end += size;
        return [end - size, value];
      });
      for (const address of [0x4000n, random]) {
        const source = sourceOf(placed, end, address, section);
        const row = new Row(x86_64.columnCount);
        for (let offset = -21; offset <= end; offset++) {
          const pc = BigInt.asUintN(64, address + BigInt(offset));
          try {
            if (!source.lookup(Number(pc & 0xffffffffn), Number(pc >> 32n), row)) continue;
            expect((BigInt(row.startHi) << 32n) | BigInt(row.startLo)).toBeLessThanOrEqual(pc);
            expect((BigInt(row.endHi) << 32n) | BigInt(row.endLo)).toBeGreaterThan(pc);
          } catch (error) {
            if (!(error instanceof UnwindError)) throw error;
          }
        }
      }
    }),
    { numRuns: 300 },
  );
});
