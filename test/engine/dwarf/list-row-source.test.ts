import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { x86_64 } from '../../../engine/architecture/index.ts';
import { type FrameSection, ListRowSource, rowsOf } from '../../../engine/dwarf/index.ts';
import { Row } from '../../../engine/row/row.ts';
import { covering, FrameBytes, rowText, text, x86Cie } from './frame-bytes.ts';

const row = new Row(x86_64.columnCount);

function rowAt(source: ListRowSource, pc: bigint | number): string | undefined {
  const address = BigInt(pc);
  const found = source.lookup(Number(address & 0xffffffffn), Number(address >> 32n), row);
  return found ? rowText(row, x86_64) : undefined;
}

/** FDEs of (start, size); the n-th one has CFA=rsp+n. */
function listOf(...ranges: readonly (readonly [bigint | number, bigint | number])[]): FrameSection {
  const frames = new FrameBytes();
  const cie = frames.cie(1, text('zR'), 1, 0x78, 16, 1, 0x00);
  ranges.forEach(([start, size], i) => {
    frames.fde(cie, covering(start, size), [0x0c, 7, i + 1]);
  });
  return frames.section();
}

describe('ListRowSource', () => {
  it('finds the row that holds at an address, from its first to before its end', () => {
    const frames = new FrameBytes();
    frames.fde(frames.cie(...x86Cie), covering(0x1000, 0x10), [0x41, 0x0e, 16], [0x43, 0x0e, 24]);
    const source = new ListRowSource([frames.section()]);
    expect(rowAt(source, 0xfff)).toBeUndefined();
    expect(rowAt(source, 0x1000)).toBe('1000..1001 CFA=rsp+8 rip=[CFA-8]');
    expect(rowAt(source, 0x1001)).toBe('1001..1004 CFA=rsp+16 rip=[CFA-8]');
    expect(rowAt(source, 0x1003)).toBe('1001..1004 CFA=rsp+16 rip=[CFA-8]');
    expect(rowAt(source, 0x1004)).toBe('1004..1010 CFA=rsp+24 rip=[CFA-8]');
    expect(rowAt(source, 0x100f)).toBe('1004..1010 CFA=rsp+24 rip=[CFA-8]');
    expect(rowAt(source, 0x1010)).toBeUndefined();
  });

  it('says where the function starts', () => {
    const source = new ListRowSource([listOf([0x1_0000_1000n, 0x10])]);
    rowAt(source, 0x1_0000_1008n);
    expect([row.functionLo, row.functionHi]).toEqual([0x1000, 1]);
  });

  it('finds FDEs that are out of order, with gaps between them', () => {
    const source = new ListRowSource([listOf([0x3000, 0x10], [0x1000, 0x10], [0x2000, 0x10])]);
    expect([0x1000, 0x100f, 0x1010, 0x2008, 0x3000].map((pc) => rowAt(source, pc)?.split('=')[1])).toEqual([
      'rsp+2',
      'rsp+2',
      undefined,
      'rsp+3',
      'rsp+1',
    ]);
  });

  it('an FDE without a range never hides another, before or after it (lld #218124, mold #1648)', () => {
    expect(rowAt(new ListRowSource([listOf([0x1000, 0], [0x1000, 0x10])]), 0x1000)).toContain('rsp+2');
    expect(rowAt(new ListRowSource([listOf([0x1000, 0x10], [0x1000, 0])]), 0x1000)).toContain('rsp+1');
    expect(rowAt(new ListRowSource([listOf([0x1000, 0x10], [0x1008, 0])]), 0x100c)).toContain('rsp+1');
    expect(rowAt(new ListRowSource([listOf([0x1000, 0])]), 0x1000)).toBeUndefined();
    expect(listOf([0x1000, 0], [0x1000, 0x10]).index.count).toBe(1);
  });

  it('prefers the FDE that starts last, then the first in the section', () => {
    const source = new ListRowSource([listOf([0x1000, 0x100], [0x1010, 0x10], [0x1010, 0x10])]);
    expect([0x100f, 0x1010, 0x101f, 0x1020].map((pc) => rowAt(source, pc)?.split('=')[1])).toEqual([
      'rsp+1',
      'rsp+2',
      'rsp+2',
      'rsp+1',
    ]);
  });

  it('finds what a search through all FDEs finds', () => {
    const range = fc.tuple(fc.nat(60), fc.nat(20));
    fc.assert(
      fc.property(
        fc.array(range, { maxLength: 12 }),
        fc.nat(90),
        fc.constantFrom(0n, 0xffff_ffe0n, 1n << 63n),
        (ranges, at, base) => {
          const source = new ListRowSource([
            listOf(...ranges.map(([start, size]) => [base + BigInt(start), size] as const)),
          ]);
          let best = -1;
          ranges.forEach(([start, size], i) => {
            if (start <= at && at < start + size && (best < 0 || start > ranges[best]![0])) best = i;
          });
          expect(rowAt(source, base + BigInt(at))?.split('=')[1]).toBe(best < 0 ? undefined : `rsp+${best + 1}`);
        },
      ),
    );
  });

  it('asks its sections in order', () => {
    const a = listOf([0x1000, 0x10]);
    const b = listOf([0x5000, 0x10], [0x1000, 0x20]);
    const source = new ListRowSource([a, b]);
    expect([0x1000, 0x1018, 0x5000, 0x6000].map((pc) => rowAt(source, pc)?.split('=')[1])).toEqual([
      'rsp+1',
      'rsp+2',
      'rsp+1',
      undefined,
    ]);
  });

  it('an unknown opcode spoils later rows of its FDE only (parca #2459)', () => {
    const frames = new FrameBytes();
    const cie = frames.cie(...x86Cie);
    frames.fde(cie, covering(0x1000, 0x10), [0x44, 0x26]);
    frames.fde(cie, covering(0x2000, 0x10));
    const source = new ListRowSource([frames.section()]);
    expect(rowAt(source, 0x1003)).toBe('1000..1004 CFA=rsp+8 rip=[CFA-8]');
    expect(() => rowAt(source, 0x1004)).toThrow(expect.objectContaining({ kind: 'unsupported' }));
    expect(rowAt(source, 0x1003)).toBe('1000..1004 CFA=rsp+8 rip=[CFA-8]');
    expect(rowAt(source, 0x2000)).toBe('2000..2010 CFA=rsp+8 rip=[CFA-8]');
  });

  it('a CIE with an unknown opcode spoils its own FDEs only', () => {
    const frames = new FrameBytes();
    frames.fde(frames.cie(1, text('zR'), 1, 0x78, 16, 1, 0x00, 0x26), covering(0x1000, 0x10));
    frames.fde(frames.cie(...x86Cie), covering(0x2000, 0x10));
    const source = new ListRowSource([frames.section()]);
    for (let i = 0; i < 2; i++) {
      expect(() => rowAt(source, 0x1000)).toThrow(expect.objectContaining({ kind: 'unsupported' }));
      expect(rowAt(source, 0x2000)).toBe('2000..2010 CFA=rsp+8 rip=[CFA-8]');
    }
  });

  it('states one FDE has left remembered are none of the next one’s', () => {
    const frames = new FrameBytes();
    const cie = frames.cie(...x86Cie);
    frames.fde(cie, covering(0x1000, 0x10), [0x0a, 0x2e, 8]);
    frames.fde(cie, covering(0x2000, 0x10), [0x0b]);
    frames.fde(cie, covering(0x3000, 0x10));
    const source = new ListRowSource([frames.section()]);
    expect(rowAt(source, 0x1000)).toContain('args=8');
    expect(() => rowAt(source, 0x2000)).toThrow(/expected a remembered state/);
    rowAt(source, 0x1000);
    expect(rowAt(source, 0x3000)).toBe('3000..3010 CFA=rsp+8 rip=[CFA-8]');
  });

  it('one row object serves any number of lookups', () => {
    const frames = new FrameBytes();
    const cie = frames.cie(...x86Cie);
    frames.fde(cie, covering(0x1000, 0x10), [0x83, 2, 0x86, 3, 0x2e, 8]);
    frames.fde(frames.cie(1, text('zRS'), 1, 0x78, 16, 1, 0x00, 0x0c, 7, 8), covering(0x2000, 0x10));
    const source = new ListRowSource([frames.section()]);
    const first = rowAt(source, 0x1000);
    expect(rowAt(source, 0x2000)).toBe('2000..2010 CFA=rsp+8 signal');
    expect(rowAt(source, 0x1000)).toBe(first);
  });

  it('lookups do not disturb an enumeration of rows', () => {
    const frames = new FrameBytes();
    const fde = frames.fde(frames.cie(...x86Cie), covering(0x1000, 0x10), [0x41, 0x0e, 16], [0x41, 0x0e, 24]);
    const section = frames.section();
    const source = new ListRowSource([section]);
    const seen: string[] = [];
    for (const each of rowsOf(section, fde)) {
      rowAt(source, 0x100f);
      seen.push(rowText(each, x86_64).split(' ')[1]!);
    }
    expect(seen).toEqual(['CFA=rsp+8', 'CFA=rsp+16', 'CFA=rsp+24']);
  });
});
