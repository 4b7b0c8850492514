import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { aarch64 } from '../../../../engine/architecture/index.ts';
import { extended } from '../../../../engine/elf-compact/aarch64/extended.ts';
import { UnwindError } from '../../../../engine/errors.ts';
import { formatRow } from '../../../../engine/row/format-row.ts';
import { Row } from '../../../../engine/row/row.ts';
import { highHalf, join, lowHalf, rowAt, statesOf } from '../descriptors.ts';

/** Fields by their bits as EXTENDED.md gives them. */
const shifts = { mode: 29, epilogue: 20, frame: 6, signing: 4, record: 2, form: 0 } as const;
const highShifts = { base: 59, general: 52, payload: 32 } as const;
type Fields = Partial<Record<keyof typeof shifts | keyof typeof highShifts | 'vector', number>>;

function descriptorOf({ vector = 0, ...fields }: Fields): bigint {
  const all = { ...shifts, ...highShifts };
  const slots = BigInt(11 * vector) << BigInt(all.general);
  const names = Object.keys(fields) as (keyof typeof all)[];
  return names.reduce((sum, name) => sum + (BigInt(fields[name]!) << BigInt(all[name])), slots);
}

/** A payload from its bits, the first one the lowest. */
const bits = (text: string): number => Number.parseInt([...text.replaceAll(' ', '')].reverse().join(''), 2);
const states = (fields: Fields, instructions: number): string[] =>
  statesOf(extended, descriptorOf(fields), 4 * instructions);
const none = 'CFA=sp';
const masks = 0;
const schedule = 1;
const packed = 2;
const llvm = 3;

describe('modes without a frame', () => {
  it('say that nothing is saved', () => {
    expect(statesOf(extended, 0n, 8)).toEqual([`0..8 ${none}`]);
    expect(statesOf(extended, 1n, 8)).toEqual([`0..8 ${none}`]);
    expect(states({ mode: 1, signing: 1 }, 2)).toEqual([`0..8 ${none} signed`]);
    expect(states({ mode: 1, signing: 2 }, 2)).toEqual([`0..8 ${none} signed b-key`]);
    expect(states({ mode: 1, signing: 3 }, 2)).toEqual([`0..8 ${none} b-key`]);
  });

  it('say that the stack ends', () => {
    expect(states({ mode: 3 }, 2)).toEqual(['0..8 CFA=sp x30=u']);
    expect(states({ mode: 3, frame: 5, form: 1 }, 2)).toEqual(['0..8 CFA=sp+80 x29=u x30=u']);
  });
});

describe('masks', () => {
  it('give slots by number, with holes, from the base up', () => {
    const fields = { mode: 1, frame: 6, base: 1, record: 2, form: masks, general: 4, payload: bits('0011') };
    expect(states(fields, 2)).toEqual(['0..8 CFA=sp+96 x21=[CFA-48] x22=[CFA-40] x29=[CFA-80] x30=[CFA-72]']);
  });

  it('know each record', () => {
    const fields = { mode: 1, frame: 2, form: masks, general: 2, payload: bits('11') };
    const saved = (record: number) => states({ ...fields, record }, 1);
    expect(saved(0)).toEqual(['0..4 CFA=sp+32 x19=[CFA-32] x20=[CFA-24]']);
    expect(saved(1)).toEqual(['0..4 CFA=sp+32 x19=[CFA-24] x20=[CFA-16] x30=[CFA-32]']);
    expect(saved(2)).toEqual(['0..4 CFA=sp+32 x19=[CFA-16] x20=[CFA-8] x29=[CFA-32] x30=[CFA-24]']);
    expect(saved(3)).toEqual(['0..4 CFA=sp+32 x19=[CFA-32] x20=[CFA-24] x30=[CFA-16]']);
  });

  it('put vector registers at a multiple of 16 bytes, the last one into the gap', () => {
    const fields = { mode: 1, frame: 4, record: 2, form: masks, general: 1, payload: bits('1000000000 11111111') };
    const saved = (vector: number) =>
      states({ ...fields, vector, payload: bits(`1000000000 ${'1'.repeat(vector)}`) }, 1)[0];
    const head = '0..4 CFA=sp+64 x19=[CFA-48] x29=[CFA-64] x30=[CFA-56]';
    expect(saved(1)).toBe(`${head} d8=[CFA-40]`);
    expect(saved(2)).toBe(`${head} d8=[CFA-32] d9=[CFA-24]`);
    expect(saved(3)).toBe(`${head} d8=[CFA-32] d9=[CFA-24] d10=[CFA-40]`);
    expect(states({ ...fields, general: 2, vector: 3, payload: bits('1100000000 101') }, 1)[0]).toBe(
      '0..4 CFA=sp+64 x19=[CFA-48] x20=[CFA-40] x29=[CFA-64] x30=[CFA-56] d8=[CFA-32] d10=[CFA-16]',
    );
  });

  it('may leave the slots of the record unused', () => {
    const fields = { mode: 1, frame: 2, record: 2, form: masks, general: 1, payload: bits('1000000000 00000000 1') };
    expect(states(fields, 1)).toEqual(['0..4 CFA=sp+32 x19=[CFA-16]']);
  });

  it('may be at the top of the frame, and SP go up to it early', () => {
    const fields = { mode: 1, epilogue: 1, frame: 20, base: 17, record: 2, form: masks, general: 2 };
    const saved = 'x19=[CFA-16] x20=[CFA-8] x29=[CFA-32] x30=[CFA-24]';
    expect(states({ ...fields, payload: bits('11') }, 2)).toEqual([`0..4 CFA=sp+320 ${saved}`, `4..8 ${none}`]);
    expect(states({ ...fields, payload: bits('1100000000 111 11000') }, 9)).toEqual([
      `0..20 CFA=sp+320 ${saved}`,
      `20..32 CFA=sp+32 ${saved}`,
      `32..36 ${none}`,
    ]);
  });

  it('may restore the highest registers early', () => {
    const payload = bits('1101000000 010 11000');
    const fields = { mode: 1, epilogue: 1, frame: 3, record: 2, form: masks, general: 4, payload };
    const all = 'CFA=sp+48 x19=[CFA-32] x20=[CFA-24] x22=[CFA-8] x29=[CFA-48] x30=[CFA-40]';
    const less = 'CFA=sp+48 x19=[CFA-32] x29=[CFA-48] x30=[CFA-40]';
    expect(states(fields, 8)).toEqual([`0..16 ${all}`, `16..28 ${less}`, `28..32 ${none}`]);
    expect(states({ ...fields, epilogue: 0 }, 8)).toEqual([`0..20 ${all}`, `20..32 ${less}`]);
  });

  it('count the CFA from x29 in mode 2', () => {
    const fields = { mode: 2, epilogue: 1, frame: 6, base: 2, record: 2, form: masks, general: 1, payload: 1 };
    expect(states(fields, 2)).toEqual([`0..4 CFA=x29+64 x19=[CFA-48] x29=[CFA-64] x30=[CFA-56]`, `4..8 ${none}`]);
  });
});

describe('a schedule', () => {
  it('saves registers in order, each at its time', () => {
    // stp x29, x30, [sp, -64]!; …; stp x19, x20; …; …; str x21 and stp d8, d9 as one
    const fields = { mode: 1, epilogue: 2, frame: 4, record: 2, form: schedule, general: 3, vector: 2 };
    const frame = 'CFA=sp+64';
    const record = 'x29=[CFA-64] x30=[CFA-56]';
    const two = `x19=[CFA-48] x20=[CFA-40]`;
    expect(states({ ...fields, payload: bits('0 0 0 0 10 10') }, 10)).toEqual([
      `0..4 ${none}`,
      `4..12 ${frame} ${record}`,
      `12..24 ${frame} ${two} ${record}`,
      `24..32 ${frame} ${two} x21=[CFA-32] ${record} d8=[CFA-16] d9=[CFA-8]`,
      `32..40 ${none}`,
    ]);
  });

  it('has a code for each time and number', () => {
    const fields = { mode: 1, frame: 8, record: 0, form: schedule, general: 10 };
    const times = (payload: string) =>
      states({ ...fields, payload: bits(payload) }, 40).map(
        (state) => `${state.split('.')[0]}: ${state.split('=[').length - 1}`,
      );
    expect(times('10 0 0 10')).toEqual(['0: 0', '8: 10']);
    expect(times('11 1111 0 0 10')).toEqual(['0: 0', '68: 0', '76: 10']);
    expect(times('0 10 10 110 110 1110 0 10')).toEqual(['0: 0', '4: 2', '16: 6', '32: 7', '40: 10']);
    expect(times('0 0 11100 1111 0 10')).toEqual(['0: 0', '4: 0', '8: 3', '16: 10']);
    expect(times('0 11 11101 0 1111 1000 10')).toEqual(['0: 0', '4: 1', '24: 3', '52: 10']);
  });

  it('may save the record late, and count from x29 after that', () => {
    const fields = { mode: 2, frame: 3, record: 2, form: schedule, general: 1, payload: bits('0 1 10 11100 110') };
    expect(states(fields, 12)).toEqual([
      `0..4 ${none}`,
      '4..16 CFA=sp+48',
      '16..20 CFA=sp+48 x29=[CFA-48] x30=[CFA-40]',
      '20..36 CFA=x29+48 x29=[CFA-48] x30=[CFA-40]',
      '36..48 CFA=x29+48 x19=[CFA-32] x29=[CFA-48] x30=[CFA-40]',
    ]);
  });

  it('may let the frame grow when all is saved, and shrink before its release', () => {
    const fields = { mode: 1, epilogue: 1, frame: 40, base: 17, record: 2, form: schedule, general: 2 };
    const record = 'x29=[CFA-32] x30=[CFA-24]';
    const all = `x19=[CFA-16] x20=[CFA-8] ${record}`;
    const last = [`28..32 CFA=sp+32 ${all}`, `32..36 ${none}`];
    expect(states({ ...fields, payload: bits('1 10000 0 0 0 0 0') }, 9)).toEqual([
      `0..4 ${none}`,
      `4..12 CFA=sp+32 ${record}`,
      `12..28 CFA=sp+640 ${all}`,
      ...last,
    ]);
    expect(states({ ...fields, payload: bits('1 10000 0 0 0 0 1 10') }, 9)).toEqual([
      `0..4 ${none}`,
      `4..12 CFA=sp+32 ${record}`,
      `12..24 CFA=sp+32 ${all}`,
      `24..28 CFA=sp+640 ${all}`,
      ...last,
    ]);
    expect(states({ ...fields, payload: bits('0 0 0 0 0') }, 9)[1]).toBe(`4..12 CFA=sp+640 ${record}`);
  });

  it('may start where some registers are saved already', () => {
    const fields = { mode: 2, frame: 3, record: 2, form: schedule, general: 3, payload: bits('10 0 1 1 0100 0') };
    expect(states(fields, 4)).toEqual([
      '0..8 CFA=x29+48 x19=[CFA-32] x20=[CFA-24] x29=[CFA-48] x30=[CFA-40]',
      '8..16 CFA=x29+48 x19=[CFA-32] x20=[CFA-24] x21=[CFA-16] x29=[CFA-48] x30=[CFA-40]',
    ]);
  });

  it('signs before there is a frame, and checks the address first thing after', () => {
    const fields = {
      mode: 1,
      epilogue: 2,
      frame: 2,
      signing: 2,
      record: 3,
      form: schedule,
      general: 1,
      payload: bits('0 0 10'),
    };
    expect(states(fields, 6)).toEqual([
      `0..4 ${none} b-key`,
      `4..8 ${none} signed b-key`,
      '8..16 CFA=sp+32 x19=[CFA-32] x30=[CFA-24] signed b-key',
      `16..20 ${none} signed b-key`,
      `20..24 ${none} b-key`,
    ]);
  });
});

describe('the packed form', () => {
  it('gives slots to chosen registers, saved or not', () => {
    const payload = bits('1010010000 1000010000');
    const fields = { mode: 1, frame: 4, record: 2, form: packed, vector: 1, payload };
    expect(states(fields, 1)).toEqual([
      '0..4 CFA=sp+64 x19=[CFA-48] x24=[CFA-32] x29=[CFA-64] x30=[CFA-56] d8=[CFA-24]',
    ]);
  });
});

describe('the form of LLVM', () => {
  const all = 'x19=[CFA-8] x20=[CFA-16] x28=[CFA-32] x29=[CFA-48] x30=[CFA-40]';

  it('lists registers once all are stored, and until the frame is released', () => {
    const payload = bits('1100000001 100 00100');
    const fields = { mode: 2, epilogue: 1, frame: 4, record: 2, form: llvm, general: 3, payload };
    expect(states(fields, 20)).toEqual([
      `0..4 ${none}`,
      '4..20 CFA=sp+64',
      `20..64 CFA=x29+48 ${all}`,
      `64..76 CFA=sp+64 ${all}`,
      `76..80 ${none}`,
    ]);
  });

  it('keeps slots until the return address is checked', () => {
    const payload = bits('1100000001 100 01000');
    const fields = { mode: 2, epilogue: 2, signing: 1, frame: 4, record: 2, form: llvm, general: 1, payload };
    expect(states(fields, 20)).toEqual([
      `0..4 ${none}`,
      `4..8 ${none} signed`,
      '8..16 CFA=sp+64 signed',
      `16..68 CFA=x29+48 ${all} signed`,
      `68..72 CFA=sp+64 ${all} signed`,
      `72..76 CFA=sp ${all} signed`,
      `76..80 ${none}`,
    ]);
  });

  it('gives the lower slot of a pair to a register that is alone', () => {
    const saved = (fields: Fields) => states({ mode: 1, frame: 8, form: llvm, ...fields }, 1)[0]!.slice(16);
    expect(saved({ record: 2, payload: 1, vector: 1 })).toBe('x19=[CFA-16] x29=[CFA-32] x30=[CFA-24] d8=[CFA-48]');
    expect(saved({ record: 2, payload: 3, vector: 3 })).toBe(
      'x19=[CFA-8] x20=[CFA-16] x29=[CFA-32] x30=[CFA-24] d8=[CFA-40] d9=[CFA-48] d10=[CFA-64]',
    );
    expect(saved({ record: 3, payload: 1 })).toBe('x19=[CFA-8] x30=[CFA-16]');
    expect(saved({ record: 1, payload: 3 })).toBe('x19=[CFA-8] x20=[CFA-16] x30=[CFA-32]');
    expect(saved({ record: 0, payload: 7, base: 4 })).toBe('x19=[CFA-72] x20=[CFA-80] x21=[CFA-96]');
  });
});

describe('epilogues', () => {
  const masked = descriptorOf({
    mode: 1,
    epilogue: 1,
    frame: 2,
    record: 2,
    form: masks,
    general: 2,
    payload: bits('1100000000 100 11000'),
  });
  const withSize = (descriptor: bigint, size: number): bigint | undefined => {
    const out = new Uint32Array(2);
    return extended.withEpilogueSize(lowHalf(descriptor), highHalf(descriptor), size, out)
      ? join(out[0]!, out[1]!)
      : undefined;
  };
  const sizeOf = (descriptor: bigint) => extended.epilogueSize(lowHalf(descriptor), highHalf(descriptor));

  it('count all that follows the body', () => {
    expect(sizeOf(masked)).toBe(16);
    expect(sizeOf(descriptorOf({ mode: 2, epilogue: 3, record: 2, form: llvm, general: 5 }))).toBe(32);
    expect(sizeOf(descriptorOf({ mode: 1, epilogue: 63, form: schedule }))).toBe(252);
    expect(sizeOf(0n)).toBe(-1);
    expect(sizeOf(descriptorOf({ mode: 3 }))).toBe(-1);
  });

  it('grow by padding without moving what is in front of it', () => {
    const longer = withSize(masked, 28)!;
    expect(statesOf(extended, longer, 44).slice(0, 2)).toEqual(statesOf(extended, masked, 32).slice(0, 2));
    expect(statesOf(extended, longer, 44)[2]).toBe(`28..44 ${none}`);
    expect(withSize(masked, 12 + 4 * 63)).toBeDefined();
  });

  it('have whole instructions, and only so many', () => {
    expect(withSize(masked, 18)).toBeUndefined();
    expect(withSize(masked, 8)).toBeUndefined();
    expect(withSize(masked, 12 + 4 * 64)).toBeUndefined();
    expect(withSize(0n, 4)).toBeUndefined();
  });
});

describe('broken descriptors', () => {
  const failure = (fields: Fields, instructions = 30): UnwindError => {
    try {
      rowAt(extended, descriptorOf(fields), 0, 4 * instructions);
    } catch (error) {
      return error as UnwindError;
    }
    throw new Error('expected an error');
  };

  it.each([
    ['a mode that is not known', { mode: 4 }, 'of mode 0, 1, 2, 3 or 7'],
    ['fields in mode 0', { frame: 1 }, 'without fields in mode 0'],
    ['fields at the end of the stack', { mode: 3, signing: 1 }, 'reserved bits'],
    ['too many slots for d8-d15', { mode: 1, vector: 9 }, 'at most 8 slots'],
    ['a saved register without a slot', { mode: 1, general: 2, payload: bits('001') }, 'only registers with slots'],
    [
      'a saved vector register without one',
      { mode: 1, vector: 1, payload: bits('0000000000 01') },
      'only registers with slots',
    ],
    [
      'a packed register without one',
      { mode: 1, form: packed, payload: bits('1000000000 01') },
      'only registers with slots',
    ],
    ['slots by number in the packed form', { mode: 1, form: packed, general: 1 }, 'reserved bits'],
    ['a reserved bit of masks', { mode: 1, payload: 1 << 19 }, 'reserved bits'],
    ['a reserved bit of the form of LLVM', { mode: 1, form: llvm, payload: 1 << 18 }, 'reserved bits'],
    ['an early restore of nothing', { mode: 1, general: 1, payload: bits('1000000000 000 1') }, 'and when'],
    ['a restore that is not early', { mode: 1, general: 1, payload: bits('1000000000 1') }, 'and when'],
    ['a return of SP to a save area elsewhere', { mode: 1, payload: bits('0000000000 111 1') }, 'at the top'],
    ['a return to SP that counts already', { mode: 1, form: llvm, general: 1 }, 'counts from x29'],
  ])('%s is unsupported', (_, fields: Fields, expectation) => {
    const error = failure(fields);
    expect(error).toBeInstanceOf(UnwindError);
    expect(error.kind).toBe('unsupported');
    expect(error.section).toBe('.eh_frame_hdr');
    expect(error.message).toContain(expectation);
    expect(error.message).toContain(descriptorOf(fields).toString(16));
  });

  it.each([
    ['mode 2 without a frame record', { mode: 2, record: 1 }, 30, 'saves x29'],
    ['mode 2 with the record behind the CFA', { mode: 2, record: 2, frame: 1, base: 1 }, 30, 'saves x29'],
    ['mode 2 with an unsaved record', { mode: 2, record: 2, frame: 1, payload: 1 << 18 }, 30, 'saves x29'],
    ['bits behind a schedule', { mode: 1, form: schedule, payload: bits('0 0 1') }, 30, 'ends in its field'],
    [
      'a schedule longer than its field',
      { mode: 1, form: schedule, general: 10, vector: 8, payload: 0xfffff },
      99,
      'schedule',
    ],
    [
      'more saved than there are slots',
      { mode: 1, form: schedule, general: 1, payload: bits('10 1 0100') },
      30,
      'as many registers',
    ],
    [
      'more than a range of it',
      { mode: 1, form: schedule, epilogue: 2, general: 1, payload: bits('0 11') },
      2,
      'fit into its 8 bytes',
    ],
    ['an epilogue longer than the range', { mode: 1, epilogue: 3, frame: 1 }, 2, 'fit into its 8 bytes'],
    [
      'a tear-down longer than it',
      { mode: 2, epilogue: 1, record: 2, form: llvm, general: 2 },
      2,
      'fit into its 8 bytes',
    ],
  ])('%s is invalid', (_, fields: Fields, instructions, expectation) => {
    const error = failure({ frame: 1, ...fields }, instructions);
    expect(error).toBeInstanceOf(UnwindError);
    expect(error.kind).toBe('invalid');
    expect(error.message).toContain(expectation);
  });

  it('never do anything but throw an UnwindError or say something', () => {
    const word = fc.integer({ min: 0, max: 0xffff_ffff });
    const row = new Row(aarch64.columnCount);
    let readable = 0;
    fc.assert(
      fc.property(fc.constantFrom(1, 2, 3), word, word, fc.nat(300), fc.nat(300), (mode, low, hi, offset, rest) => {
        // Half of all descriptors have a payload with few bits, so that many of them can be read.
        const lo = ((low & 0x03ff_ffff) | (mode << 29)) >>> 0;
        const few = (hi & 0x8837_0003) >>> 0;
        for (const high of [hi, few]) {
          try {
            extended.fill(lo, high, offset, offset + rest + 1, row);
          } catch (error) {
            expect(error).toBeInstanceOf(UnwindError);
            continue;
          }
          readable++;
          expect(row.startLo).toBeLessThanOrEqual(offset);
          expect(row.endLo).toBeGreaterThan(offset);
          expect(row.endLo).toBeLessThanOrEqual(offset + rest + 1);
          expect(formatRow(row, aarch64)).toMatch(/^CFA=(sp|x29)/);
        }
      }),
      { numRuns: 3000 },
    );
    expect(readable).toBeGreaterThan(200);
  });
});
