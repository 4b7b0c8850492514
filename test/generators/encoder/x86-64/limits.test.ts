import { describe, expect, test } from 'vitest';
import { x86_64 } from '../../../../engine/architecture/index.ts';
import type { Instruction } from '../../../../generators/assembly/item.ts';
import * as x64 from '../../../../generators/encoder/x86-64/index.ts';

const { rax, rcx, rsp } = x64.gpr;

/** Places an instruction at 0x1000 with its label `distance` bytes from its start. */
function place({ bytes, reference }: Instruction, distance: number): Uint8Array {
  const patched = bytes.slice();
  reference!.patch(patched, 0x1000n, BigInt(0x1000 + distance));
  return patched;
}

const unencodable: Record<string, () => unknown> = {
  'rsp as an index': () => x64.indexed(rax, rsp),
  'rsp as a scaled index': () => x64.scaled(rsp, 8),
  'a push of 2^31': () => x64.pushImmediate(2 ** 31),
  'an add of 2^31': () => x64.addImmediate(rcx, 2 ** 31),
  'a sub of less than -2^31': () => x64.subImmediate(rcx, -(2 ** 31) - 1),
  'a mov of a fraction': () => x64.movImmediate(rax, 0.5),
  'a displacement of 2^31': () => x64.load(rax, x64.at(rcx, 2 ** 31)),
  'a ret of 65536 bytes': () => x64.retPop(0x10000),
  'an enter of 65536 bytes': () => x64.enter(0x10000),
  'an or of 128 in eight bits': () => x64.orMemoryImmediate8(x64.at(rax), 128),
  'a NOP of 10 bytes': () => x64.nop(10),
  'a NOP of 0 bytes': () => x64.nop(0),
  'a short jump over 128 bytes': () => place(x64.jmpShort('l'), 2 + 128),
  'a short branch back by 129 bytes': () => place(x64.jccShort('e', 'l'), 2 - 129),
  'a call over 2^31 bytes': () => place(x64.call('l'), 5 + 2 ** 31),
};

describe('x86-64 encoder', () => {
  test.each(Object.keys(unencodable))('refuses %s', (name) => {
    expect(unencodable[name]).toThrow(RangeError);
  });

  test('reaches as far as the displacement allows', () => {
    expect(Array.from(place(x64.jmpShort('l'), 2 + 127))).toEqual([0xeb, 0x7f]);
    expect(Array.from(place(x64.jmpShort('l'), 2 - 128))).toEqual([0xeb, 0x80]);
    expect(Array.from(place(x64.call('l'), 5 + 2 ** 31 - 1))).toEqual([0xe8, 0xff, 0xff, 0xff, 0x7f]);
  });

  test('reaches over the end of the address space', () => {
    const { bytes, reference } = x64.call('l');
    const patched = bytes.slice();
    reference!.patch(patched, 0xffff_ffff_ffff_fff0n, 0x10n);
    expect(Array.from(patched)).toEqual([0xe8, 0x1b, 0, 0, 0]);
  });

  test('leaves the bytes of the instruction itself as they are when a label is filled in', () => {
    const movabs = x64.movabsLabel(rax, 'l');
    const patched = place(movabs, 0x123);
    expect(Array.from(patched)).toEqual([0x48, 0xb8, 0x23, 0x11, 0, 0, 0, 0, 0, 0]);
    expect(Array.from(movabs.bytes)).toEqual([0x48, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0]);
  });

  test('numbers registers as DWARF does', () => {
    for (const register of Object.values(x64.gpr)) {
      expect(x86_64.columnNames[x86_64.dwarfToColumn[x64.dwarfNumber(register)]!]).toBe(x64.registerNames[register]);
    }
    expect(x64.calleeSaved.map(x64.dwarfNumber)).toEqual(x86_64.calleeSaved.map((c) => x86_64.columnToDwarf[c]));
  });
});
