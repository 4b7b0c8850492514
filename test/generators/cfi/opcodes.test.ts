import { describe, expect, test } from 'vitest';
import { ByteWriter } from '../../../generators/byte-writer.ts';
import { type CfiDirective, cfi } from '../../../generators/cfi/index.ts';
import { writeInstructions } from '../../../generators/cfi/instructions.ts';

function written(directive: CfiDirective, offset = 0, codeAlignment = 4, dataAlignment = -8): number[] {
  const writer = new ByteWriter();
  writeInstructions(writer, [{ offset, directive }], {
    codeAlignment,
    dataAlignment,
    writeLocation(target, at) {
      target.u8(at);
    },
  });
  return Array.from(writer.finish());
}

describe('call frame instructions', () => {
  test('those of AArch64 that tools do not know yet', () => {
    expect(written(cfi.negateRaStateWithPc())).toEqual([0x2c]);
    expect(written(cfi.setRaState(2, -8))).toEqual([0x2b, 2, 0x7e]);
    expect(written(cfi.setRaState(1, 512))).toEqual([0x2b, 1, 0x80, 0x01]);
  });

  test('unknown opcodes are written as they are', () => {
    expect(written(cfi.raw(0x26, 1, 2, 3))).toEqual([0x26, 1, 2, 3]);
  });

  test('registers above 127 take more than one byte', () => {
    expect(written(cfi.undefined(1000))).toEqual([0x07, 0xe8, 0x07]);
  });

  test('a positive data alignment factor gives positive factored offsets', () => {
    expect(written(cfi.offset(3, 16), 0, 1, 8)).toEqual([0x83, 2]);
    expect(written(cfi.defCfaSf(7, 16), 0, 1, 8)).toEqual([0x12, 7, 2]);
  });

  const impossible: Record<string, () => unknown> = {
    'an offset that the data alignment factor does not divide': () => written(cfi.offset(3, -12)),
    'a signing instruction that the code alignment factor does not divide': () => written(cfi.setRaState(1, 2)),
    'a place that the code alignment factor does not divide': () => written(cfi.nop(), 6),
    'an unsigned factored offset on the other side of the CFA': () => written(cfi.offset(3, 16)),
    'a negative CFA offset in the unsigned form': () => written(cfi.defCfa(7, -8)),
    'register 64 in six bits': () => written(cfi.offset(64, -8)),
    'a restore of register 64 in six bits': () => written(cfi.restore(64)),
    'an advance of 64 units in six bits': () => written(cfi.advance('advanceLoc'), 256),
    'an advance of 256 units in a byte': () => written(cfi.advance('advanceLoc1'), 1024),
  };
  test.each(Object.keys(impossible))('refuse %s', (name) => {
    expect(impossible[name]).toThrow(RangeError);
  });
});
