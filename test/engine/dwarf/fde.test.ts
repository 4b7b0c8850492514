import { describe, expect, it } from 'vitest';
import { x86_64 } from '../../../engine/architecture/index.ts';
import { fdes, rowsOf } from '../../../engine/dwarf/index.ts';
import { Memory, MemoryWindow } from '../../../engine/memory.ts';
import { type Content, covering, FrameBytes, rowText, text, u16, u32, u64, x86Cie } from './frame-bytes.ts';

const cieOf = (encoding: number, lsdaEncoding?: number): Content =>
  lsdaEncoding === undefined
    ? [1, text('zR'), 1, 0x78, 16, 1, encoding, 0x0c, 7, 8]
    : [1, text('zRL'), 1, 0x78, 16, 2, encoding, lsdaEncoding, 0x0c, 7, 8];

describe('addresses of an FDE', () => {
  // Julia #15010: neither pcrel nor the size of a pointer can be taken for granted.
  it.each([
    ['absptr', 0x00, u64(0x1000), u64(0x20)],
    ['udata2', 0x02, u16(0x1000), u16(0x20)],
    ['udata4', 0x03, u32(0x1000), u32(0x20)],
    ['udata8', 0x04, u64(0x1000), u64(0x20)],
    ['uleb128', 0x01, [0x80, 0x20], [0x20]],
    ['sleb128', 0x09, [0x80, 0x20], [0x20]],
    ['sdata2', 0x0a, u16(0x1000), u16(0x20)],
    ['sdata4', 0x0b, u32(0x1000), u32(0x20)],
    ['sdata8', 0x0c, u64(0x1000), u64(0x20)],
    ['textrel sdata4', 0x2b, u32(-0x1000), u32(0x20)],
    ['datarel sdata4', 0x3b, u32(-0x2000), u32(0x20)],
  ])('are read as %s', (_, encoding, start, range) => {
    const frames = new FrameBytes();
    frames.fde(frames.cie(...cieOf(encoding)), start, range, 0);
    const section = frames.section({ textBase: 0x2000n, dataBase: 0x3000n });
    expect([...fdes(section)]).toMatchObject([{ start: 0x1000n, end: 0x1020n }]);
  });

  it.each([
    ['sdata4', 0x1b, u32],
    ['sdata8', 0x1c, u64],
  ] as const)('count from the field itself as pcrel %s, at an odd offset too (gimli #576)', (_, encoding, write) => {
    const frames = new FrameBytes();
    const cie = frames.cie(...cieOf(encoding), 0, 0, 0); // 8 + 9 + 3 + 3 = 23 bytes
    expect(frames.length).toBe(23);
    frames.fde(cie, write(-0x101f), write(0x20), 0); // its address lies at 0x5000 + 23 + 8 = 0x501f
    expect([...fdes(frames.section())]).toMatchObject([{ start: 0x4000n, end: 0x4020n }]);
  });

  it('have a range that is unsigned, of the width of the address, without its base', () => {
    const frames = new FrameBytes();
    // The address lies at 0x5000 + 20 + 8.
    frames.fde(frames.cie(...cieOf(0x1b)), u32(-0x101c), u32(0x90000000), 0);
    expect([...fdes(frames.section())]).toMatchObject([{ start: 0x4000n, end: 0x90004000n }]);
  });

  it('may cross 2^32 and lie in the upper half', () => {
    const frames = new FrameBytes();
    const cie = frames.cie(...x86Cie);
    const a = frames.fde(cie, covering(0xffff_ff00, 0x200), [0x03, ...u16(0x180), 0x0e, 16]);
    const b = frames.fde(cie, covering(0xffffffff_fffffe00n, 0x1ff), [0x41, 0x0e, 16]);
    const section = frames.section();
    const rows = (fde: number) => Array.from(rowsOf(section, fde), (row) => rowText(row, x86_64).split(' ')[0]);
    expect(rows(a)).toEqual(['ffffff00..100000080', '100000080..100000100']);
    expect(rows(b)).toEqual(['fffffffffffffe00..fffffffffffffe01', 'fffffffffffffe01..ffffffffffffffff']);
  });

  it('must not wrap around the address space', () => {
    const frames = new FrameBytes();
    frames.fde(frames.cie(...x86Cie), covering(-0x100, 0x200));
    expect([...fdes(frames.section())]).toMatchObject([{ error: { kind: 'invalid' } }]);
  });

  it('are moved with the module where they count from nothing and nobody relocated them', () => {
    const frames = new FrameBytes('.debug_frame');
    const fde = frames.fde(frames.cie(1, text(''), 1, 0x78, 16, 0x0c, 7, 8), u64(0x1000), u64(0x10));
    const section = frames.section({ loadBias: 0x7f00_0000_0000n });
    expect(Array.from(rowsOf(section, fde), (row) => rowText(row, x86_64))).toEqual([
      '7f0000001000..7f0000001010 CFA=rsp+8',
    ]);
  });

  it('are followed through memory where indirect, and unsupported without memory', () => {
    const frames = new FrameBytes();
    frames.fde(frames.cie(...cieOf(0x80)), u64(0x9000), u64(0x10), 0);
    const memory = new Memory([new MemoryWindow(0x9000n, Uint8Array.from(u64(0x1234)))]);
    expect([...fdes(frames.section({ memory }))]).toMatchObject([{ start: 0x1234n, end: 0x1244n }]);
    expect([...fdes(frames.section())]).toMatchObject([{ error: { kind: 'unsupported' } }]);
  });

  it.each([
    ['omit', 0xff, 'invalid'],
    ['funcrel', 0x4b, 'unsupported'],
    ['textrel without a text base', 0x2b, 'unsupported'],
    ['a format that does not exist', 0x0f, 'unsupported'],
  ])('encoded as %s cannot be used', (_, encoding, kind) => {
    const frames = new FrameBytes();
    frames.fde(frames.cie(...cieOf(encoding)), u64(0x1000), u64(0x10), 0);
    expect([...fdes(frames.section())]).toMatchObject([{ start: 0n, end: 0n, error: { kind } }]);
  });
});

describe('language-specific data area', () => {
  const lsda = (lsdaEncoding: number, pointer: readonly number[]) => {
    const frames = new FrameBytes();
    const cie = frames.cie(...cieOf(0x03, lsdaEncoding), 0, 0); // 8 + 11 + 3 + 2 = 24 bytes
    expect(frames.length).toBe(24);
    // The pointer lies at 0x5000 + 24 + 8 + 8 + 1 = 0x5029.
    frames.fde(cie, u32(0x1000), u32(0x10), pointer.length, pointer, [0x0e, 16]);
    const [summary] = fdes(frames.section());
    return summary!;
  };

  it('counts from its own place, or from the function', () => {
    expect(lsda(0x1b, u32(0x100))).toMatchObject({ lsda: 0x5129n, lsdaIndirect: false });
    expect(lsda(0x4b, u32(0x100))).toMatchObject({ lsda: 0x1100n });
  });

  it('keeps the address of an indirect pointer', () => {
    expect(lsda(0x9b, u32(0x100))).toMatchObject({ lsda: 0x5129n, lsdaIndirect: true });
  });

  it('is absent where its pointer is 0 before anything is added, omitted, or not there (wasmer #6285)', () => {
    expect(lsda(0x1b, u32(0))).not.toHaveProperty('lsda');
    expect(lsda(0x9b, u32(0))).not.toHaveProperty('lsda');
    expect(lsda(0xff, [])).not.toHaveProperty('lsda');
    expect(lsda(0x1b, [])).not.toHaveProperty('lsda');
    expect(lsda(0x1b, [])).not.toHaveProperty('error');
  });

  it('is that of its own FDE', () => {
    const frames = new FrameBytes();
    frames.fde(frames.cie(...cieOf(0x03, 0x03)), u32(0x1000), u32(0x10), 4, u32(0x1234));
    frames.fde(frames.cie(...cieOf(0x03)), u32(0x2000), u32(0x10), 0);
    const [first, second] = fdes(frames.section());
    expect(first).toMatchObject({ lsda: 0x1234n });
    expect(second).not.toHaveProperty('lsda');
  });

  it('does not lead away from the instructions, however long the augmentation data is', () => {
    const frames = new FrameBytes();
    const cie = frames.cie(...cieOf(0x03, 0x1b));
    const fde = frames.fde(cie, u32(0x1000), u32(0x10), 7, u32(4), 0xaa, 0xbb, 0xcc, [0x0e, 16]);
    expect(Array.from(rowsOf(frames.section(), fde), (row) => rowText(row, x86_64))).toEqual(['1000..1010 CFA=rsp+16']);
  });

  it('must fit the augmentation data, as this must fit the entry', () => {
    expect(lsda(0x1b, [1, 2, 3])).toMatchObject({ error: { kind: 'invalid' } });
    const frames = new FrameBytes();
    frames.fde(frames.cie(...x86Cie), u64(0x1000), u64(0x10), 0x7f, [0x0e, 16]);
    expect([...fdes(frames.section())]).toMatchObject([{ error: { kind: 'invalid' } }]);
  });
});
