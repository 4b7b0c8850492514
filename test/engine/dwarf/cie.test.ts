import { describe, expect, it } from 'vitest';
import { aarch64, x86_64 } from '../../../engine/architecture/index.ts';
import type { FrameSectionOptions } from '../../../engine/dwarf/index.ts';
import { fdes, rowsOf } from '../../../engine/dwarf/index.ts';
import { type Content, covering, FrameBytes, rowsWith, rowText, text, u32, u64 } from './frame-bytes.ts';

function parse(content: Content, frames = new FrameBytes(), options: Partial<FrameSectionOptions> = {}) {
  const offset = frames.cie(...content);
  return frames.section(options).cieAt(offset);
}

const bytesOf = (content: Content): number => content.flat().length;

describe('CIE', () => {
  it('version 1 has a return-address register of one byte', () => {
    const content: Content = [1, text(''), 1, 0x78, 0x90, 0x0c, 7, 8];
    // Register 0x90 is none of x86-64; as ULEB128 it would swallow the 0x0c behind it.
    expect(parse(content)).toMatchObject({ version: 1, instructionsStart: 8 + 5, instructionsEnd: 8 + 8 });
    expect(parse(content).problem).toMatchObject({ kind: 'unsupported' });
  });

  it('version 3 has it as ULEB128', () => {
    expect(parse([3, text(''), 1, 0x78, 0x90, 0x00, 0x0c, 7, 8])).toMatchObject({
      version: 3,
      returnColumn: 16,
      problem: undefined,
      instructionsStart: 8 + 6,
    });
  });

  it('version 4 has sizes of addresses and segment selectors before the factors (libunwind #256)', () => {
    const frames = new FrameBytes('.debug_frame');
    const cie = frames.cie(4, text(''), 8, 0, 1, 0x78, 16, 0x0c, 7, 8, 0x90, 1);
    const fde = frames.fde(cie, u64(0x1000), u64(0x10));
    const section = frames.section();
    expect(section.cieAt(cie)).toMatchObject({ version: 4, addressSize: 8, codeAlignment: 1, returnColumn: 16 });
    expect(Array.from(rowsOf(section, fde), (row) => rowText(row, x86_64))).toEqual([
      '1000..1010 CFA=rsp+8 rip=[CFA-8]',
    ]);
  });

  it('version 4 with addresses of 4 bytes has FDEs with addresses of 4 bytes', () => {
    const frames = new FrameBytes('.debug_frame');
    frames.fde(frames.cie(4, text(''), 4, 0, 1, 0x78, 16), u32(0xfffff000), u32(0x10));
    expect([...fdes(frames.section())]).toMatchObject([{ start: 0xfffff000n, end: 0xfffff010n }]);
  });

  it.each([
    ['addresses of 2 bytes', [4, text(''), 2, 0, 1, 0x78, 16]],
    ['segment selectors', [4, text(''), 8, 4, 1, 0x78, 16]],
    ['version 2', [2, text(''), 1, 0x78, 16]],
    ['version 5', [5, text(''), 8, 0, 1, 0x78, 16]],
  ] as [string, Content][])('%s are unsupported', (_, content) => {
    expect(() => parse(content)).toThrow(expect.objectContaining({ kind: 'unsupported', section: '.eh_frame' }));
  });

  it('a code alignment factor of 0 is invalid (java-profiler #786)', () => {
    expect(() => parse([1, text(''), 0, 0x78, 16])).toThrow(
      expect.objectContaining({
        kind: 'invalid',
        offset: 10,
        message: expect.stringContaining('code alignment factor'),
      }),
    );
  });

  it('a code alignment factor of 2^32 + 1 is invalid', () => {
    expect(() => parse([1, text(''), 0x81, 0x80, 0x80, 0x80, 0x10, 0x78, 16])).toThrow(/code alignment factor/);
  });

  it('a return-address register of 2^32 + 16 is not register 16', () => {
    expect(parse([3, text(''), 1, 0x78, 0x90, 0x80, 0x80, 0x80, 0x10]).problem).toMatchObject({ kind: 'unsupported' });
  });

  it('cut off in its fields is invalid, not read from the next entry', () => {
    const frames = new FrameBytes();
    const cie = frames.cie(1, text(''), 1, 0x78);
    frames.fde(cie, u64(0x1000), u64(0x10));
    expect(() => frames.section().cieAt(cie)).toThrow(expect.objectContaining({ kind: 'invalid' }));
  });

  it('alignment factors keep their sign and all their bits', () => {
    expect(parse([1, text(''), 0x80, 0x80, 0x04, 0x80, 0x80, 0x80, 0x80, 0x60, 16])).toMatchObject({
      codeAlignment: 0x10000,
      dataAlignmentLo: 0,
      dataAlignmentHi: 0xfffffffe,
    });
    const cie = [1, text(''), 1, 0x80, 0x80, 0x80, 0x80, 0x60, 16, 0x0c, 7, 8, 0x86, 3]; // DW_CFA_offset rbp 3 * -2^33
    expect(rowsWith(x86_64, cie, [])[0]).toContain('rbp=[CFA-25769803776]');
    const odd = [1, text(''), 1, 0x88, 0x80, 0x80, 0x80, 0x10, 16, 0x0c, 7, 8, 0x86, 3]; // rbp 3 * (2^32 + 8)
    expect(rowsWith(x86_64, odd, [])[0]).toContain('rbp=[CFA+12884901912]');
  });

  it('factors are those of the FDE’s own CIE (java-profiler #786)', () => {
    const frames = new FrameBytes();
    const byOne = frames.cie(1, text('zR'), 1, 0x78, 16, 1, 0x00, 0x0c, 7, 8);
    const byFour = frames.cie(1, text('zR'), 4, 0x7c, 16, 1, 0x00, 0x0c, 7, 8);
    const instructions = [0x42, 0x86, 2]; // DW_CFA_advance_loc 2; DW_CFA_offset rbp 2
    const a = frames.fde(byOne, covering(0x1000, 0x100), instructions);
    const b = frames.fde(byFour, covering(0x2000, 0x100), instructions);
    const section = frames.section();
    const last = (fde: number) => rowText([...rowsOf(section, fde)].at(-1)!, x86_64);
    expect([last(a), last(b), last(a)]).toEqual([
      '1002..1100 CFA=rsp+8 rbp=[CFA-16]',
      '2008..2100 CFA=rsp+8 rbp=[CFA-8]',
      '1002..1100 CFA=rsp+8 rbp=[CFA-16]',
    ]);
  });

  it('a return-address register that is not tracked leaves addresses known, but no rows', () => {
    const frames = new FrameBytes();
    const fde = frames.fde(frames.cie(1, text('zR'), 1, 0x78, 17, 1, 0x00, 0x0c, 7, 8), covering(0x1000, 16));
    const section = frames.section();
    expect([...fdes(section)]).toMatchObject([{ start: 0x1000n, error: { kind: 'unsupported' } }]);
    expect(() => [...rowsOf(section, fde)]).toThrow(/expected a return-address register of x86-64/);
  });

  it('AArch64 names PC with register 96 as well', () => {
    expect(parse([3, text(''), 4, 0x78, 0x60], new FrameBytes(), { architecture: aarch64 }).returnColumn).toBe(32);
  });
});

describe('augmentation', () => {
  it('zPLR: data in the order of the letters, personality indirect (delve #3032)', () => {
    // The personality is at 0x5000 + 8 + 1 + 5 + 3 + 1 + 1 = 0x5013.
    const cie = parse([1, text('zPLR'), 1, 0x78, 16, 7, [0x9b, ...u32(0x100)], 0x1b, 0x1c, 0x0c, 7, 8]);
    expect(cie).toMatchObject({
      augmentationData: true,
      personality: { present: true, indirect: true, lo: 0x5113, hi: 0 },
      lsdaEncoding: 0x1b,
      fdeEncoding: 0x1c,
      problem: undefined,
    });
  });

  it('zRPL: the same data in another order', () => {
    expect(parse([1, text('zRPL'), 1, 0x78, 16, 11, 0x1c, [0x00, ...u64(0x1234)], 0x1b, 0x0c, 7, 8])).toMatchObject({
      personality: { present: true, indirect: false, lo: 0x1234 },
      lsdaEncoding: 0x1b,
      fdeEncoding: 0x1c,
    });
  });

  it('P with omit has no personality', () => {
    const cie = parse([1, text('zPR'), 1, 0x78, 16, 2, 0xff, 0x1b]);
    expect(cie.personality.present).toBe(false);
    expect(cie.fdeEncoding).toBe(0x1b);
  });

  it('S, B and G are flags without data', () => {
    expect(parse([1, text('zRSBG'), 1, 0x78, 16, 1, 0x1b])).toMatchObject({
      signalFrame: true,
      bKey: true,
      taggedFrame: true,
      fdeEncoding: 0x1b,
    });
    expect(parse([1, text('zR'), 1, 0x78, 16, 1, 0x1b])).toMatchObject({
      signalFrame: false,
      bKey: false,
      taggedFrame: false,
    });
  });

  it('signal frame and key are part of every row', () => {
    expect(rowsWith(aarch64, [1, text('zRSB'), 4, 0x78, 30, 1, 0x00, 0x0c, 31, 0], [])).toEqual([
      '1000..1100 CFA=sp b-key signal',
    ]);
  });

  it('S without z has no augmentation data anywhere (gimli #887)', () => {
    const frames = new FrameBytes('.debug_frame');
    const fde = frames.fde(
      frames.cie(1, text('S'), 1, 0x78, 16, 0x0c, 7, 8), // DW_CFA_def_cfa rsp 8
      u64(0x1000),
      u64(0x100),
      [0x41, 0x0e, 16], // 0x41 is an advance, not a length
    );
    const section = frames.section();
    expect([...fdes(section)]).toMatchObject([{ signalFrame: true, augmentation: 'S' }]);
    expect(Array.from(rowsOf(section, fde), (row) => rowText(row, x86_64))).toEqual([
      '1000..1001 CFA=rsp+8 signal',
      '1001..1100 CFA=rsp+16 signal',
    ]);
  });

  it.each(['.eh_frame', '.debug_frame'] as const)(
    'an empty one in %s: no augmentation length in the FDE (java-profiler #430, Haiku debugger)',
    (kind) => {
      const frames = new FrameBytes(kind);
      const cie = frames.cie(1, text(''), 1, 0x78, 16, 0x0c, 7, 8);
      const fde = frames.fde(cie, u64(0x1000), u64(0x100), [0x41, 0x0e, 16]);
      expect(Array.from(rowsOf(frames.section(), fde), (row) => rowText(row, x86_64))).toEqual([
        '1000..1001 CFA=rsp+8',
        '1001..1100 CFA=rsp+16',
      ]);
    },
  );

  it('eh: a pointer follows the string', () => {
    const cie = parse([1, text('eh'), u64(-1), 1, 0x78, 16, 0x0c, 7, 8]);
    expect(cie).toMatchObject({ codeAlignment: 1, returnColumn: 16, augmentationData: false, problem: undefined });
    expect(cie.instructionsEnd - cie.instructionsStart).toBe(3);
  });

  it('an unknown letter after z: the length leads to the instructions', () => {
    const cie = [1, text('zRX'), 1, 0x78, 16, 4, 0x00, 0xaa, 0xbb, 0xcc, 0x0c, 7, 8, 0x90, 1];
    expect(rowsWith(x86_64, cie, [])).toEqual(['1000..1100 CFA=rsp+8 rip=[CFA-8]']);
  });

  it('an unknown letter before R hides how addresses are encoded: unsupported', () => {
    expect(() => parse([1, text('zXR'), 1, 0x78, 16, 2, 0xaa, 0x1b])).toThrow(
      expect.objectContaining({ kind: 'unsupported' }),
    );
    expect(parse([1, text('zRXS'), 1, 0x78, 16, 2, 0x1b, 0xaa])).toMatchObject({ signalFrame: true });
  });

  it.each(['armcc+', 'RS', 'Sz'])('"%s" without a leading z: addresses are known, rows unsupported', (augmentation) => {
    const frames = new FrameBytes('.debug_frame');
    const fde = frames.fde(frames.cie(1, text(augmentation), 1, 0x78, 16), u64(0x1000), u64(0x100), [0x0e, 16]);
    const section = frames.section();
    expect([...fdes(section)]).toMatchObject([{ start: 0x1000n, end: 0x1100n, error: { kind: 'unsupported' } }]);
    expect(() => [...rowsOf(section, fde)]).toThrow(/expected a known augmentation/);
  });

  it.each(['C', 'K'])(
    '%s, compact descriptors in place of instructions, is unsupported, but addresses are known',
    (k) => {
      const frames = new FrameBytes();
      const fde = frames.fde(frames.cie(1, text(`zR${k}`), 1, 0x78, 16, 1, 0x00), covering(0x1000, 16), u64(1));
      const section = frames.section();
      expect([...fdes(section)]).toMatchObject([{ start: 0x1000n, end: 0x1010n, error: { kind: 'unsupported' } }]);
      expect(() => [...rowsOf(section, fde)]).toThrow(`found "zR${k}"`);
      expect(section.cieAt(0)).toMatchObject({ compact: k, fdeEncoding: 0x00 });
    },
  );

  it('C anywhere but at the end is unsupported, and no other letter says that there are descriptors', () => {
    expect(parse([1, text('zCR'), 1, 0x78, 16, 1, 0x1b])).toMatchObject({
      compact: undefined,
      fdeEncoding: 0x1b,
      problem: { kind: 'unsupported' },
    });
    expect(parse([1, text('zRS'), 1, 0x78, 16, 1, 0x1b])).toMatchObject({ compact: undefined, problem: undefined });
  });

  it.each([
    ['longer than the entry', [1, text('zR'), 1, 0x78, 16, 0x7f, 0x1b]],
    ['shorter than its letters need', [1, text('zPR'), 1, 0x78, 16, 1, 0x1b, 0, 0, 0, 0, 0x1b]],
    ['of no end', [1, 0x7a, 0x52]],
    ['of 256 letters', [1, text(`z${'S'.repeat(255)}`), 1, 0x78, 16, 0]],
  ] as [string, Content][])('augmentation %s is invalid', (_, content) => {
    expect(() => parse(content)).toThrow(expect.objectContaining({ kind: 'invalid' }));
    expect(bytesOf(content)).toBeGreaterThan(2);
  });
});
