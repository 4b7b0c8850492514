import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { aarch64, x86_64 } from '../../../../engine/architecture/index.ts';
import { Fde } from '../../../../engine/dwarf/fde.ts';
import { FrameSection, fdes } from '../../../../engine/dwarf/index.ts';
import {
  DescriptorCursor,
  ObjectFormWriter,
  ObjectRowSource,
} from '../../../../engine/elf-compact/object-form/index.ts';
import { g2 } from '../../../../engine/elf-compact/x86-64/g2.ts';
import { UnwindError } from '../../../../engine/errors.ts';
import { formatRow } from '../../../../engine/row/format-row.ts';
import { Row } from '../../../../engine/row/row.ts';
import { type Content, covering, FrameBytes, rowText, text, u64, x86Cie } from '../../dwarf/frame-bytes.ts';
import { join, listOf, type Placed } from '../descriptors.ts';

const address = 0x5000n;
const compactCie: Content = [1, text('zRC'), 1, 0x78, 16, 1, 0x00];
const rbp = 0x0000010420000001n;
const body = 0x20000001n;

function sectionOf(bytes: Uint8Array, at = address, architecture = x86_64): FrameSection {
  return new FrameSection({ kind: '.eh_frame', section: { address: at, bytes }, architecture });
}

/** The descriptors of every FDE. */
function listsOf(section: FrameSection): Placed[][] {
  const cursor = new DescriptorCursor(section);
  const fde = new Fde();
  return [...fdes(section)].map(({ offset }) => {
    section.readFde(offset, fde);
    cursor.open(fde);
    const placed: Placed[] = [];
    while (cursor.next()) placed.push([cursor.start, join(cursor.lo, cursor.hi)]);
    return placed;
  });
}

/** START..END RULES at an address, or undefined. */
function rowOf(source: ObjectRowSource, pc: bigint): string | undefined {
  const row = new Row(x86_64.columnCount);
  const found = source.lookup(Number(pc & 0xffffffffn), Number(pc >> 32n), row);
  return found ? rowText(row, x86_64) : undefined;
}

/** An FDE with descriptors for 0x1000..0x1100, byte by byte. */
function fdeWith(...list: Content): FrameSection {
  const frames = new FrameBytes();
  frames.fde(frames.cie(...compactCie), covering(0x1000, 0x100), ...list);
  return frames.section();
}

describe('the list of descriptors in an FDE', () => {
  it.each([
    [
      'of the published functions',
      [1, u64(rbp), 9, u64(body)],
      [
        [0, rbp],
        [8, body],
      ],
    ],
    ['may end in zeros', [1, u64(rbp), 0, 0, 0, 0, 0, 0, 0], [[0, rbp]]],
    [
      'leaves out a last descriptor of 0',
      [1, u64(rbp), 9],
      [
        [0, rbp],
        [8, 0n],
      ],
    ],
    [
      'leaves it out before padding',
      [1, u64(rbp), 9, 0, 0, 0, 0, 0, 0, 0],
      [
        [0, rbp],
        [8, 0n],
      ],
    ],
    [
      'has distances of several bytes',
      [1, u64(rbp), 0x81, 0x01, u64(7)],
      [
        [0, rbp],
        [0x80, 7n],
      ],
    ],
    ['may begin behind the function’s start', [5, u64(rbp)], [[4, rbp]]],
    ['ends at the function’s', [0x81, 0x02, u64(rbp)], [[0x100, rbp]]],
    ['is empty', [], []],
    ['is padding only', [0, 0, 0], []],
  ] as [string, Content, Placed[]][])('%s', (_, bytes, expected) => {
    expect(listsOf(fdeWith(...bytes))).toEqual([expected]);
  });

  it.each([
    ['begins behind the function', [0x82, 0x02, u64(rbp)]],
    ['goes on behind the function', [0x81, 0x02, u64(rbp), 2, u64(rbp)]],
    ['has a distance of 2^32', [0x81, 0x80, 0x80, 0x80, 0x10, u64(rbp)]],
    ['breaks off in a distance', [1, u64(rbp), 0x80]],
  ] as [string, Content][])('is invalid where it %s', (_, bytes) => {
    expect(() => listsOf(fdeWith(...bytes))).toThrow(
      expect.objectContaining({ kind: 'invalid', section: '.eh_frame' }),
    );
  });
});

describe('rows of an object', () => {
  it('are those of its descriptors', () => {
    const source = new ObjectRowSource(fdeWith(1, u64(rbp), 9, u64(body), 0x18), g2);
    const none = 'CFA=rsp+8 rip=[CFA-8]';
    expect(
      [0xfff, 0x1000, 0x1003, 0x1006, 0x1007, 0x1008, 0x101e, 0x101f, 0x10ff, 0x1100].map((pc) =>
        rowOf(source, BigInt(pc)),
      ),
    ).toEqual([
      undefined,
      `1000..1001 ${none}`,
      '1001..1004 CFA=rsp+16 rbp=[CFA-16] rip=[CFA-8]',
      '1004..1007 CFA=rbp+16 rbp=[CFA-16] rip=[CFA-8]',
      `1007..1008 ${none}`,
      '1008..101f CFA=rbp+16 rbp=[CFA-16] rip=[CFA-8]',
      '1008..101f CFA=rbp+16 rbp=[CFA-16] rip=[CFA-8]',
      `101f..1100 ${none}`,
      `101f..1100 ${none}`,
      undefined,
    ]);
  });

  it('say which function and section they are of', () => {
    const row = new Row(x86_64.columnCount);
    expect(new ObjectRowSource(fdeWith(1, u64(rbp), 9, u64(body)), g2).lookup(0x1010, 0, row)).toBe(true);
    expect(row).toMatchObject({
      functionLo: 0x1000,
      functionHi: 0,
      section: '.eh_frame',
      signalFrame: false,
      bKey: false,
    });
  });

  it('say what the CIE’s other letters say', () => {
    const frames = new FrameBytes();
    frames.fde(frames.cie(1, text('zRSBC'), 1, 0x78, 16, 1, 0x00), covering(0x1000, 0x10), 1);
    expect(rowOf(new ObjectRowSource(frames.section(), g2), 0x1000n)).toBe(
      '1000..1010 CFA=rsp+8 rip=[CFA-8] b-key signal',
    );
  });

  it('come from instructions where the CIE has no C', () => {
    const frames = new FrameBytes();
    frames.fde(frames.cie(...compactCie), covering(0x1000, 0x10), 1, u64(body));
    frames.fde(frames.cie(...x86Cie), covering(0x2000, 0x10), 0x41, 0x0e, 16);
    const source = new ObjectRowSource(frames.section(), g2);
    expect(rowOf(source, 0x1000n)).toContain('CFA=rbp+16');
    expect(rowOf(source, 0x2001n)).toBe('2001..2010 CFA=rsp+16 rip=[CFA-8]');
  });

  it('are exact near the ends of the address space', () => {
    const frames = new FrameBytes();
    const cie = frames.cie(...compactCie);
    frames.fde(cie, covering(0xffff_fffen, 0x10), 1, u64(rbp), 7, u64(body));
    frames.fde(cie, covering(0xffff_ffff_ffff_ff00n, 0xf0), 1, u64(rbp));
    const source = new ObjectRowSource(frames.section(), g2);
    expect(rowOf(source, 0xffff_ffffn)).toMatch(/^ffffffff\.\.100000002 CFA=rsp\+16/);
    expect(rowOf(source, 0x1_0000_0002n)).toMatch(/^100000002\.\.100000003 CFA=rbp\+16/);
    expect(rowOf(source, 0x1_0000_000dn)).toMatch(/^100000004\.\.10000000e CFA=rbp\+16/);
    expect(rowOf(source, 0xffff_ffff_ffff_ffefn)).toBe('ffffffffffffffef..fffffffffffffff0 CFA=rsp+8 rip=[CFA-8]');
  });

  it('are missing where no descriptor says anything', () => {
    expect(rowOf(new ObjectRowSource(fdeWith(3, u64(body)), g2), 0x1001n)).toBeUndefined();
    expect(rowOf(new ObjectRowSource(fdeWith(3, u64(body)), g2), 0x1002n)).toContain('1002..1100');
    expect(rowOf(new ObjectRowSource(fdeWith(1, u64(1n)), g2), 0x1002n)).toBeUndefined();
  });

  it('are an error where a descriptor refers to an FDE or the function is too long', () => {
    expect(() => rowOf(new ObjectRowSource(fdeWith(1, u64(0xe0000000n)), g2), 0x1000n)).toThrow(UnwindError);
    const frames = new FrameBytes();
    frames.fde(frames.cie(...compactCie), covering(0x1000, 2n ** 32n), 1, u64(body));
    expect(() => rowOf(new ObjectRowSource(frames.section(), g2), 0x1000n)).toThrow(/a function below 4 GiB/);
  });
});

describe('a written object form', () => {
  it('has the bytes of the published functions', () => {
    const writer = new ObjectFormWriter(x86_64, []);
    writer.add(-0x4000, -0x3ffa, listOf([0, rbp]));
    writer.add(-0x3fe0, -0x3fd6, listOf([0, rbp], [8, body]));
    const { bytes, parts } = writer.finish();
    expect(Buffer.from(bytes).toString('hex').match(/.{8}/g)).toEqual([
      ...['10000000', '00000000', '017a5243', '00017810', '011b0000'], // length, CIE, 1 "zRC" 1 -8 16, 1 pcrel sdata4
      ...['18000000', '18000000', 'e4bfffff', '06000000', '00010100', '00200401', '00000000'],
      ...[
        '24000000',
        '34000000',
        'e8bfffff',
        '0a000000',
        '00010100',
        '00200401',
        '00000901',
        '00002000',
        '00000000',
        '00000000',
      ],
    ]);
    expect(parts).toEqual({ cies: 20, fdes: 68 });
    const section = sectionOf(bytes);
    expect([...fdes(section)].map(({ start, end }) => [start, end])).toEqual([
      [0x1000n, 0x1006n],
      [0x1020n, 0x102an],
    ]);
    expect(listsOf(section)).toEqual([
      [[0, rbp]],
      [
        [0, rbp],
        [8, body],
      ],
    ]);
  });

  it('needs one byte for a function without a frame', () => {
    const writer = new ObjectFormWriter(x86_64, []);
    writer.add(0x1000, 0x1010, listOf([0, 0n]));
    const { bytes, parts } = writer.finish();
    // Length, CIE pointer, address, size, no augmentation data, a distance; and the section ends at a multiple of 8.
    expect(parts.fdes).toBe(20);
    expect(listsOf(sectionOf(bytes))).toEqual([[[0, 0n]]]);
  });

  it('has a CIE for each personality, and LSDAs', () => {
    const writer = new ObjectFormWriter(x86_64, [0x700, -0x7ff]);
    writer.add(0x1000, 0x1010, listOf([0, body]), 1, 0x900);
    writer.add(0x1010, 0x1020, listOf([0, body]), 0, -0x900);
    writer.add(0x1020, 0x1030, listOf([0, body]), 1);
    const section = sectionOf(writer.finish().bytes);
    expect([...fdes(section)]).toMatchObject([
      { start: 0x6000n, lsda: 0x5900n, augmentation: 'zPLRC' },
      { start: 0x6010n, lsda: 0x4700n, augmentation: 'zPLRC' },
      { start: 0x6020n, augmentation: 'zPLRC' },
    ]);
    const [first, second, third] = [...fdes(section)];
    expect(third!.lsda).toBeUndefined();
    expect(third!.cieOffset).toBe(first!.cieOffset);
    expect(section.cieAt(first!.cieOffset).personality).toMatchObject({ lo: 0x4800, hi: 0, indirect: true });
    expect(section.cieAt(second!.cieOffset).personality).toMatchObject({ lo: 0x5700, hi: 0, indirect: false });
  });

  it('names the return-address register of AArch64', () => {
    const writer = new ObjectFormWriter(aarch64, []);
    writer.add(0x1000, 0x1010, listOf([0, 0n]));
    const section = sectionOf(writer.finish().bytes, address, aarch64);
    expect(section.cieAt(0)).toMatchObject({ augmentation: 'zRC', compact: 'C', returnColumn: aarch64.link });
  });

  it('can be followed by other entries', () => {
    const writer = new ObjectFormWriter(x86_64, []);
    writer.add(0x1000, 0x1010, listOf([0, body], [4, 0n]));
    const frames = new FrameBytes();
    frames.raw([...writer.finish().bytes]);
    frames.fde(frames.cie(...x86Cie), covering(0x9000, 0x10));
    frames.raw(0, 0, 0, 0);
    expect([...fdes(frames.section({ address }))].map(({ start }) => start)).toEqual([0x6000n, 0x9000n]);
  });

  it('is read as it was written', () => {
    const descriptor = fc.oneof(fc.constantFrom(0n, rbp, body), fc.bigInt(0n, 2n ** 64n - 1n));
    const distance = fc.oneof(fc.nat(3), fc.nat(200), fc.nat(0x20000));
    const functions = fc.array(fc.array(fc.tuple(distance, descriptor), { minLength: 1, maxLength: 6 }), {
      maxLength: 5,
    });
    fc.assert(
      fc.property(functions, (all) => {
        const writer = new ObjectFormWriter(x86_64, []);
        let start = 0x1000;
        const expected = all.map((pieces) => {
          let at = 0;
          const placed = pieces.map(([size, value], i): Placed => {
            at += i === 0 ? 0 : size;
            return [at, value];
          });
          writer.add(start, start + at + 1, listOf(...placed));
          start += at + 1;
          return placed;
        });
        const { bytes, parts } = writer.finish();
        expect(parts.cies + parts.fdes).toBe(bytes.length);
        expect(listsOf(sectionOf(bytes))).toEqual(expected);
      }),
      { numRuns: 300 },
    );
  });
});

it('arbitrary lists throw nothing but UnwindError, and rows have the address', () => {
  const row = new Row(x86_64.columnCount);
  const part = fc.oneof(fc.nat(255), fc.constantFrom(0, 1, 2, 9, 0x20, 0x80));
  fc.assert(
    fc.property(
      fc.array(part, { maxLength: 60 }),
      fc.boolean(),
      fc.bigInt(0n, 2n ** 48n - 1n),
      (bytes, sound, value) => {
        const content = sound ? [1, ...u64(value), ...bytes] : bytes;
        const source = new ObjectRowSource(fdeWith(content), g2);
        for (let pc = 0xfff; pc <= 0x1100; pc += 3) {
          try {
            if (!source.lookup(pc, 0, row)) continue;
            expect(row.startLo <= pc && pc < row.endLo && row.startLo >= 0x1000 && row.endLo <= 0x1100).toBe(true);
            expect(formatRow(row, x86_64)).toMatch(/^CFA=r[sb]p/);
          } catch (error) {
            if (!(error instanceof UnwindError)) throw error;
          }
        }
      },
    ),
    { numRuns: 500 },
  );
});
