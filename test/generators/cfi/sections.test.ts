import { describe, expect, test } from 'vitest';
import {
  type CieOptions,
  cfi,
  ehFrameHdrSize,
  type Fde,
  type FrameSectionContext,
  writeDebugFrame,
  writeEhFrame,
  writeEhFrameHdr,
} from '../../../generators/cfi/index.ts';

const context: FrameSectionContext = {
  architecture: 'x86-64',
  sectionAddress: 0x402000n,
  textBase: 0x401000n,
  dataBase: 0x403000n,
  addressOf: (label) => BigInt(0x404000 + label.length),
  indirect: (target) => target,
};
const fde = (start: number, cie: CieOptions = {}): Fde => ({ start: BigInt(start), size: 16, cie, directives: [] });
const hex = (bytes: Uint8Array, from = 0, to = bytes.length) => Buffer.from(bytes.subarray(from, to)).toString('hex');
const withoutDirectives: CieOptions = { initial: [] };

describe('.eh_frame', () => {
  test('one CIE and one FDE, byte by byte', () => {
    const { bytes, fdes } = writeEhFrame([fde(0x401000)], context);
    expect(hex(bytes)).toBe(
      [
        ...['14000000', '00000000', '01', '7a5200', '01', '78', '10', '01', '1b', '0c0708', '9001', '0000'],
        ...['14000000', '1c000000', 'e0efffff', '10000000', '00', '00'.repeat(7)],
        '00000000',
      ].join(''),
    );
    expect(fdes).toEqual([{ start: 0x401000n, size: 16, offset: 24 }]);
  });

  test('FDEs with equal CIE options share a CIE, however far apart', () => {
    const signal = { signalFrame: true, initial: [cfi.defCfa(7, 8)] };
    const list = [fde(0x401000), fde(0x401010, signal), fde(0x401020), fde(0x401030, structuredClone(signal))];
    const { bytes, fdes } = writeEhFrame(list, context);
    const view = new DataView(bytes.buffer);
    const cies = fdes.map(({ offset }) => offset + 4 - view.getInt32(offset + 4, true));
    expect(cies).toEqual([0, 48, 0, 48]);
    expect(hex(bytes, cies[1]! + 9, cies[1]! + 13)).toBe(hex(Buffer.from('zRS\0')));
  });

  test('in the 64-bit format the length has eight bytes, the CIE pointer four', () => {
    const { bytes, fdes } = writeEhFrame([fde(0x401000, { format: 64, ...withoutDirectives })], context);
    expect(hex(bytes, 0, 20)).toBe('ffffffff1400000000000000000000000' + '17a5200');
    const at = fdes[0]!.offset;
    expect(hex(bytes, at, at + 12)).toBe('ffffffff1400000000000000');
    expect(new DataView(bytes.buffer).getUint32(at + 12, true)).toBe(at + 12);
  });

  test('version 3 has the return column as ULEB128, version 4 address and segment sizes too', () => {
    const content = (version: 1 | 3 | 4) => {
      const { bytes } = writeEhFrame([fde(0x401000, { version, returnColumn: 200, ...withoutDirectives })], context);
      return hex(bytes, 8, 8 + 14);
    };
    expect(content(1)).toBe('017a52000178c8' + '011b0000000000');
    expect(content(3)).toBe('037a52000178c801' + '011b00000000');
    expect(content(4)).toBe('047a520008000178c801' + '011b0000');
  });

  test('augmentation data stands in the order of its letters', () => {
    const cie: CieOptions = {
      ...withoutDirectives,
      personality: { encoding: 0x00, label: 'abc' },
      lsdaEncoding: 0x1b,
      pointerEncoding: 0x0c,
      signalFrame: true,
      bKey: true,
      unknown: { letter: 'Q', data: [0xaa, 0xbb] },
    };
    const { bytes, fdes } = writeEhFrame([{ ...fde(0x401000, cie), lsda: 'ab' }, fde(0x402000, cie)], context);
    const text = hex(Buffer.from('zPLRSBQ\0'));
    expect(hex(bytes, 9, 34)).toBe(`${text}017810${'0d'}000340400000000000${'1b'}${'0c'}${'aabb'}`);
    const data = (i: number) => hex(bytes, fdes[i]!.offset + 24, fdes[i]!.offset + 29);
    const lsdaPlace = 0x402000 + fdes[0]!.offset + 25;
    expect(data(0)).toBe(`04${hex(new Uint8Array(Int32Array.of(0x404002 - lsdaPlace).buffer))}`);
    expect(data(1)).toBe('0400000000');
  });

  test('without a sized augmentation, addresses are absolute and nothing stands between range and instructions', () => {
    const bare = writeEhFrame(
      [{ ...fde(0x401000, { augmentation: 'bare' }), directives: [{ offset: 0, directive: cfi.sameValue(3) }] }],
      context,
    );
    const at = bare.fdes[0]!.offset;
    expect(hex(bare.bytes, at + 8, at + 26)).toBe('0010400000000000100000000000000008' + '03');
  });

  test('the ancient augmentation has a pointer behind its string', () => {
    const { bytes } = writeEhFrame([fde(0x401000, { augmentation: 'eh', ...withoutDirectives })], context);
    expect(hex(bytes, 8, 23)).toBe('01656800' + '0000000000000000' + '017810');
  });

  test('personality or LSDA with an augmentation that has no room for them is an error', () => {
    expect(() => writeEhFrame([fde(0, { augmentation: 'bare', lsdaEncoding: 0 })], context)).toThrow('no room');
  });

  test('DW_CFA_set_loc in initial instructions is an error', () => {
    expect(() => writeEhFrame([fde(0, { initial: [cfi.setLoc()] })], context)).toThrow(RangeError);
  });
});

describe('.debug_frame', () => {
  test('the CIE pointer counts from the start of the section, and there is no terminator', () => {
    const { bytes, fdes } = writeDebugFrame([fde(0x401000), fde(0x401010, { version: 3 })], context);
    const view = new DataView(bytes.buffer);
    expect(fdes.map(({ offset }) => view.getUint32(offset + 4, true))).toEqual([0, 48]);
    expect(hex(bytes, 0, 16)).toBe('14000000' + 'ffffffff' + '0400' + '0800' + '0178' + '100c');
    expect(bytes.length).toBe(fdes[1]!.offset + 24);
  });

  test('in the 64-bit format both length and CIE pointer have eight bytes', () => {
    const { bytes, fdes } = writeDebugFrame([fde(0x401000, { format: 64 })], context);
    expect(hex(bytes, 0, 22)).toBe('ffffffff' + '1400000000000000' + 'ffffffffffffffff' + '0400');
    const at = fdes[0]!.offset;
    expect(hex(bytes, at, at + 28)).toBe('ffffffff' + '1c00000000000000' + '0000000000000000' + '0010400000000000');
  });

  test('CIEs may stand behind their FDEs', () => {
    const { bytes, fdes } = writeDebugFrame([fde(0x401000), fde(0x401010)], context, { ciesLast: true });
    const view = new DataView(bytes.buffer);
    const cie = fdes[1]!.offset + 24;
    expect(fdes.map(({ offset }) => view.getUint32(offset + 4, true))).toEqual([cie, cie]);
    expect(view.getUint32(cie + 4, true)).toBe(0xffffffff);
  });

  test('a signal frame is a bare S', () => {
    const { bytes } = writeDebugFrame(
      [fde(0x401000, { signalFrame: true, pointerEncoding: 0x1b, lsdaEncoding: 0 })],
      context,
    );
    expect(hex(bytes, 8, 11)).toBe('045300');
  });
});

describe('.eh_frame_hdr', () => {
  const place = { address: 0x401f00n, ehFrameAddress: 0x402000n };
  const written = [
    { start: 0x401020n, size: 1, offset: 24 },
    { start: 0x401000n, size: 0, offset: 48 },
    { start: 0x401000n, size: 9, offset: 72 },
  ];

  test('has a table sorted by start that counts from the header', () => {
    const bytes = writeEhFrameHdr(written, place);
    expect(hex(bytes, 0, 12)).toBe('011b033b' + 'fc000000' + '03000000');
    const entries = Array.from(new Int32Array(bytes.buffer.slice(12)));
    expect(entries).toEqual([-0xf00, 0x130, -0xf00, 0x148, -0xee0, 0x118]);
  });

  test('starts sort as unsigned addresses', () => {
    const high = { start: 0x80000010n, size: 1, offset: 24 };
    const low = { start: 0x7ffffff0n, size: 1, offset: 48 };
    const bytes = writeEhFrameHdr([high, low], { address: 0x80000000n, ehFrameAddress: 0x80000100n });
    expect(Array.from(new Int32Array(bytes.buffer.slice(12)))).toEqual([-0x10, 0x130, 0x10, 0x118]);
  });

  test('may do without a table', () => {
    expect(hex(writeEhFrameHdr(written, { ...place, table: false }))).toBe('011bffff' + 'fc000000');
  });

  test.each([
    ['absptr', 0x00, '2010400000000000' + '1820400000000000'],
    ['udata4', 0x03, '20104000' + '18204000'],
    ['datarel sdata8', 0x3c, '20f1ffffffffffff' + '1801000000000000'],
  ])('may have a table of %s', (_, tableEncoding, entry) => {
    const bytes = writeEhFrameHdr(written.slice(0, 1), { ...place, tableEncoding });
    expect(bytes[3]).toBe(tableEncoding);
    expect(hex(bytes, 8)).toBe(`01000000${entry}`);
    expect(ehFrameHdrSize(1, { tableEncoding })).toBe(bytes.length);
  });

  test('refuses a table whose entries have no size', () => {
    expect(() => ehFrameHdrSize(1, { tableEncoding: 0x01 })).toThrow(RangeError);
  });

  test('refuses what 32 bits cannot reach', () => {
    expect(() => writeEhFrameHdr(written, { address: 0x1_0000_0000n, ehFrameAddress: 0x1_0000_1000n })).toThrow(
      RangeError,
    );
  });
});
