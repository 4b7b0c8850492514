import { describe, expect, it } from 'vitest';
import { x86_64 } from '../../../engine/architecture/index.ts';
import { fdes, rowsOf } from '../../../engine/dwarf/index.ts';
import { covering, FrameBytes, rowText, text, u32, u64, x86Cie } from './frame-bytes.ts';

describe('frame sections', () => {
  it.each([
    ['.eh_frame', false],
    ['.eh_frame', true],
    ['.debug_frame', false],
    ['.debug_frame', true],
  ] as const)('%s, 64-bit format %s', (kind, wide) => {
    const frames = new FrameBytes(kind, wide);
    const cie = frames.cie(...x86Cie);
    const fde = frames.fde(cie, covering(0x1000, 0x10), [0x0e, 16]);
    const idSize = kind === '.debug_frame' && wide ? 8 : 4;
    expect(fde).toBe((wide ? 12 : 4) + idSize + x86Cie.flat().length);
    const section = frames.section();
    expect([...fdes(section)]).toMatchObject([{ offset: fde, cieOffset: cie, start: 0x1000n, end: 0x1010n }]);
    expect(Array.from(rowsOf(section, fde), (row) => rowText(row, x86_64))).toEqual([
      '1000..1010 CFA=rsp+16 rip=[CFA-8]',
    ]);
  });

  it('both formats mix in one section', () => {
    const frames = new FrameBytes('.debug_frame', true);
    const cie = frames.cie(...x86Cie);
    frames.wide = false;
    frames.fde(cie, covering(0x1000, 0x10));
    frames.wide = true;
    frames.fde(frames.cie(...x86Cie), covering(0x2000, 0x10));
    expect(Array.from(fdes(frames.section()), ({ start, error }) => [start, error])).toEqual([
      [0x1000n, undefined],
      [0x2000n, undefined],
    ]);
  });

  it('a CIE may follow the FDE in .debug_frame', () => {
    const frames = new FrameBytes('.debug_frame');
    const fdeLength = 8 + 17;
    frames.fde(fdeLength, covering(0x1000, 0x10));
    expect(frames.cie(...x86Cie)).toBe(fdeLength);
    expect([...fdes(frames.section())]).toMatchObject([{ start: 0x1000n, cieOffset: fdeLength }]);
  });

  it('.eh_frame ends at a zero length, whatever follows (LLVM #76957)', () => {
    const frames = new FrameBytes();
    const cie = frames.cie(...x86Cie);
    frames.fde(cie, covering(0x1000, 0x10));
    frames.raw(u32(0));
    frames.fde(cie, covering(0x2000, 0x10));
    frames.raw(u64(-1), u64(-1));
    expect(Array.from(fdes(frames.section()), ({ start }) => start)).toEqual([0x1000n]);
    expect(frames.section().index.errors).toEqual([]);
  });

  it('a zero length in .debug_frame is padding', () => {
    const frames = new FrameBytes('.debug_frame');
    const cie = frames.cie(...x86Cie);
    frames.raw(u32(0), u32(0));
    frames.fde(cie, covering(0x1000, 0x10));
    expect(Array.from(fdes(frames.section()), ({ start }) => start)).toEqual([0x1000n]);
  });

  it('.eh_frame without a terminator ends with the section (rust #47551)', () => {
    const frames = new FrameBytes();
    frames.fde(frames.cie(...x86Cie), covering(0x1000, 0x10));
    const end = frames.length;
    frames.raw(u64(-1), u64(-1)); // whatever lies in memory behind the section
    const all = frames.section().section.bytes;
    const section = new FrameBytes();
    section.raw([...all.subarray(0, end)]);
    expect(Array.from(fdes(section.section()), ({ start, error }) => [start, error])).toEqual([[0x1000n, undefined]]);
  });

  it('an empty section has no FDEs', () => {
    expect([...fdes(new FrameBytes().section())]).toEqual([]);
  });

  it('parses each CIE once', () => {
    const frames = new FrameBytes();
    const cie = frames.cie(...x86Cie);
    const section = frames.section();
    const parsed = section.cieAt(cie);
    const initial = section.initialState(parsed);
    expect(section.cieAt(cie)).toBe(parsed);
    expect(section.initialState(parsed)).toBe(initial);
  });

  it.each([
    ['before the section', (frames: FrameBytes, _: number) => frames.fde(-4, covering(0x2000, 16))],
    ['behind the section', (frames: FrameBytes, _: number) => frames.raw(u32(4), u32(0xfffffff0))],
    ['at an FDE', (frames: FrameBytes, fde: number) => frames.fde(fde, covering(0x2000, 16))],
    ['into an entry', (frames: FrameBytes, _: number) => frames.fde(2, covering(0x2000, 16))],
  ])('a CIE pointer %s spoils one FDE only (zig-dwarfdump #5)', (_, add) => {
    const frames = new FrameBytes();
    const cie = frames.cie(...x86Cie);
    const good = frames.fde(cie, covering(0x1000, 0x10));
    const broken = add(frames, good);
    frames.fde(cie, covering(0x3000, 0x10));
    const section = frames.section();
    expect(Array.from(fdes(section), ({ start }) => start)).toEqual([0x1000n, 0n, 0x3000n]);
    expect([...fdes(section)][1]).toMatchObject({ offset: broken, error: { kind: 'invalid', section: '.eh_frame' } });
    expect(section.index.count).toBe(2);
    expect(section.index.errors).toMatchObject([{ kind: 'invalid' }]);
  });

  it.each([0x1_0000_0000n, 0x1_ffff_ffffn])('a CIE pointer of 0x%s does not lose its high half', (pointer) => {
    const frames = new FrameBytes('.debug_frame', true);
    frames.cie(...x86Cie);
    const broken = frames.raw(u32(-1), u64(8 + 17), u64(pointer), covering(0x1000, 0x10));
    expect([...fdes(frames.section())]).toMatchObject([{ offset: broken, error: { kind: 'invalid' } }]);
  });

  it('a broken CIE spoils its own FDEs only', () => {
    const frames = new FrameBytes();
    const bad = frames.cie(1, text('zR'), 0, 0x78, 16, 1, 0x00);
    frames.fde(bad, covering(0x1000, 0x10));
    frames.fde(frames.cie(...x86Cie), covering(0x2000, 0x10));
    const section = frames.section();
    expect([...fdes(section)]).toMatchObject([
      { cieOffset: bad, error: { message: expect.stringContaining('code alignment factor') } },
      { start: 0x2000n },
    ]);
    expect(section.index.count).toBe(1);
  });

  it.each([
    ['a length beyond the section', u32(0x1000)],
    ['a reserved length', u32(0xfffffff0)],
    ['a 64-bit length beyond 2^32', [...u32(-1), ...u64(0x1_0000_0000n)]],
    ['a length cut off', [1, 2]],
  ])('%s ends the scan, keeps what came before, and is remembered', (_, bytes) => {
    const frames = new FrameBytes();
    frames.fde(frames.cie(...x86Cie), covering(0x1000, 0x10));
    const broken = frames.raw(bytes);
    frames.fde(0, covering(0x2000, 0x10));
    const section = frames.section();
    expect(section.index.count).toBe(1);
    expect(section.index.errors).toMatchObject([{ kind: 'invalid', section: '.eh_frame' }]);
    expect(section.index.errors[0]!.offset).toBeGreaterThanOrEqual(broken);
  });

  it('keeps at most 256 errors', () => {
    const frames = new FrameBytes();
    for (let i = 0; i < 300; i++) frames.raw(u32(4), u32(0xfffffff0));
    const section = frames.section();
    expect(section.index.errors).toHaveLength(256);
    expect([...fdes(section)]).toHaveLength(300);
  });

  it('an entry too short for its fields is invalid, not read from the next one', () => {
    const frames = new FrameBytes();
    const cie = frames.cie(...x86Cie);
    frames.fde(cie, u64(0x1000), u32(0x10)); // four bytes of the range are missing
    frames.fde(cie, covering(0x2000, 0x10));
    expect([...fdes(frames.section())]).toMatchObject([{ error: { kind: 'invalid' } }, { start: 0x2000n }]);
  });

  it('rowsOf refuses offsets that are no FDE', () => {
    const frames = new FrameBytes();
    const cie = frames.cie(...x86Cie);
    const section = frames.section();
    expect(() => [...rowsOf(section, cie)]).toThrow(/expected an FDE/);
    expect(() => [...rowsOf(section, -1)]).toThrow(expect.objectContaining({ name: 'UnwindError' }));
    expect(() => [...rowsOf(section, 0x1000)]).toThrow(expect.objectContaining({ name: 'UnwindError' }));
  });
});
