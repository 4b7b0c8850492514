import { describe, expect, it } from 'vitest';
import { aarch64 } from '../../../../engine/architecture/index.ts';
import * as a64 from '../../../../generators/encoder/aarch64/index.ts';
import { place, word } from './place.ts';

const { sp, xzr, x0, x1, x19, x29, x30 } = a64.registers;
const d8 = a64.dRegisters[8]!;
const d9 = a64.dRegisters[9]!;

const unencodable: Record<string, () => unknown> = {
  'stp offset above the field': () => a64.stp(x29, x30, a64.offset(sp, 512)),
  'stp offset below the field': () => a64.stp(x29, x30, a64.preIndex(sp, -520)),
  'stp offset not a multiple of 8': () => a64.stp(d8, d9, a64.offset(sp, 12)),
  'stp q offset not a multiple of 16': () => a64.stp(a64.qRegisters[0]!, a64.qRegisters[1]!, a64.offset(sp, 8)),
  'ldp of the same register twice': () => a64.ldp(x19, x19, a64.offset(sp)),
  'ldp that writes back to what it loads': () => a64.ldp(x0, x1, a64.postIndex(x1, 16)),
  'str above the scaled field': () => a64.str(x0, a64.offset(sp, 32768)),
  'str below the unscaled field': () => a64.str(x0, a64.offset(sp, -257)),
  'str pre-indexed above the field': () => a64.str(x0, a64.preIndex(sp, 256)),
  'str that writes back to what it stores': () => a64.str(x0, a64.postIndex(x0, 8)),
  'stur above the field': () => a64.stur(x0, a64.offset(sp, 256)),
  'ldur with write-back': () => a64.ldur(x0, a64.preIndex(sp, 8)),
  'add of a negative immediate': () => a64.addImmediate(sp, sp, -16),
  'sub of 4097': () => a64.subImmediate(sp, sp, 4097),
  'sub of 16 MiB': () => a64.subImmediate(sp, sp, 0x1000000),
  'sub of a fraction': () => a64.subImmediate(sp, sp, 0.5),
  'cmp of 4097': () => a64.cmpImmediate(x0, 4097),
  'add to sp with a shift above 4': () => a64.addRegister(sp, sp, x0, { kind: 'lsl', amount: 5 }),
  'add to sp with a right shift': () => a64.addRegister(sp, sp, x0, { kind: 'lsr', amount: 1 }),
  'add of xzr to sp': () => a64.addRegister(sp, xzr, x0),
  'sub of sp into xzr': () => a64.subRegister(xzr, sp, x0),
  'add with ror': () => a64.addRegister(x0, x1, x1, { kind: 'ror', amount: 1 }),
  'shift above 63': () => a64.orrRegister(x0, x1, x1, { kind: 'lsl', amount: 64 }),
  'lsl above 63': () => a64.lslImmediate(x0, x1, 64),
  'mov of xzr to sp': () => a64.mov(sp, xzr),
  'and of all ones': () => a64.andImmediate(x0, x1, -1),
  'and of zero': () => a64.andImmediate(x0, x1, 0),
  'and of two runs': () => a64.andImmediate(x0, x1, 5),
  'movz above 16 bits': () => a64.movz(x0, 0x10000),
  'movk of a negative value': () => a64.movk(x0, -1, 16),
  'svc above 16 bits': () => a64.svc(0x10000),
  'tbz of bit 64': () => a64.tbz(x0, 64, 'there'),
};

describe('AArch64 encoder limits', () => {
  for (const [name, encode] of Object.entries(unencodable)) {
    it(`throws RangeError for ${name}`, () => {
      expect(encode).toThrow(RangeError);
    });
  }

  it.each([
    ['b', a64.b('there'), 0x8000000],
    ['bl', a64.bl('there'), -0x8000004],
    ['b.eq', a64.bCond('eq', 'there'), 0x100000],
    ['cbz', a64.cbz(x0, 'there'), -0x100004],
    ['tbnz', a64.tbnz(x0, 3, 'there'), 0x8000],
    ['adr', a64.adr(x0, 'there'), 0x100000],
    ['ldr literal', a64.ldrLiteral(x0, 'there'), 0x100000],
    ['adrp', a64.adrp(x0, 'there'), 0x100000000],
    ['b to a half instruction', a64.b('there'), 6],
  ])('patching throws RangeError where %s cannot reach', (_name, instruction, distance) => {
    expect(() => place(instruction, 0x200000000n, distance)).toThrow(RangeError);
  });

  it('patches a copy and leaves the instruction as it was', () => {
    const branch = a64.b('there');
    expect(word(branch, 0x1000n, 64)).toBe(0x14000010);
    expect(word({ bytes: branch.bytes })).toBe(0x14000000);
  });

  it('reaches across the top of the address space', () => {
    const bytes = a64.b('there').bytes.slice();
    a64.b('there').reference!.patch(bytes, 0xffff_ffff_ffff_fffcn, 4n);
    expect(new DataView(bytes.buffer).getUint32(0, true)).toBe(0x14000002);
  });
});

describe('encodeBitmaskImmediate', () => {
  it('accepts exactly the 5334 values the architecture has for 64 bits', () => {
    const values = new Set<bigint>();
    for (const size of [2, 4, 8, 16, 32, 64]) {
      for (let ones = 1; ones < size; ones++) {
        for (let rotation = 0; rotation < size; rotation++) {
          const run = (1n << BigInt(ones)) - 1n;
          const element = (run << BigInt(rotation)) | (run >> BigInt(size - rotation));
          let value = 0n;
          for (let at = 0; at < 64; at += size) {
            value |= BigInt.asUintN(size, element) << BigInt(at);
          }
          values.add(value);
        }
      }
    }
    const fields = new Set([...values].map((value) => word(a64.andImmediate(x0, x1, value))));
    expect([values.size, fields.size]).toEqual([5334, 5334]);
  });
});

describe('movConstant', () => {
  it.each([
    [0n, 1],
    [0xffffn, 1],
    [0x1_0000n, 1],
    [0x12345678n, 2],
    [-1n, 4],
    [0xdead_0000_beef_0001n, 3],
  ])('sets %s in %i instructions', (value, count) => {
    const instructions = a64.movConstant(x0, value);
    let register = 0n;
    for (const [i, instruction] of instructions.entries()) {
      const bits = word(instruction);
      expect(bits >>> 23).toBe((i === 0 ? 0xd2800000 : 0xf2800000) >>> 23);
      register |= BigInt((bits >> 5) & 0xffff) << BigInt(((bits >> 21) & 3) * 16);
    }
    expect([register, instructions.length]).toEqual([BigInt.asUintN(64, value), count]);
  });
});

describe('dwarfNumber', () => {
  it('agrees with the architecture for every column it names', () => {
    const byName = new Map<string, a64.XOrSp | a64.DRegister>(
      [...a64.xRegisters, sp, ...a64.dRegisters].map((register) => [register.name, register]),
    );
    const compared = aarch64.columnNames.flatMap((name, column) => {
      const register = byName.get(name);
      return register === undefined ? [] : [[a64.dwarfNumber(register), aarch64.columnToDwarf[column]]];
    });
    expect(compared.length).toBe(40);
    for (const [actual, expected] of compared) {
      expect(actual).toBe(expected);
    }
  });

  it('gives q registers the number of the d register they contain', () => {
    expect(a64.dwarfNumber(a64.qRegisters[31]!)).toBe(95);
  });
});
