import { describe, expect, test } from 'vitest';
import { ByteWriter } from '../../../generators/byte-writer.ts';
import * as pe from '../../../generators/cfi/pointer.ts';

const context: pe.PointerContext = {
  sectionAddress: 0x500000n,
  textBase: 0x401000n,
  dataBase: 0x600000n,
  indirect: (target) => target + 0x300000n,
};

/** What is written after three other bytes. */
function written(encoding: number, target: bigint | null, functionStart?: bigint): number[] {
  const writer = new ByteWriter().bytes(new Uint8Array(3));
  pe.writePointer(writer, encoding, target, context, functionStart);
  return Array.from(writer.finish().subarray(3));
}

/** Little-endian bytes. */
const bytes = (value: bigint, size: number) =>
  Array.from({ length: size }, (_, i) => Number((value >> BigInt(8 * i)) & 0xffn));

describe('encoded pointers', () => {
  const target = 0x401234n;

  test('the base of pcrel is the pointer itself, wherever it stands', () => {
    expect(written(pe.DW_EH_PE_pcrel | pe.DW_EH_PE_sdata4, target)).toEqual(bytes(target - 0x500003n, 4));
    expect(written(pe.DW_EH_PE_pcrel | pe.DW_EH_PE_sdata8, target)).toEqual(bytes(target - 0x500003n, 8));
    expect(written(pe.DW_EH_PE_pcrel | pe.DW_EH_PE_absptr, target)).toEqual(bytes(target - 0x500003n, 8));
  });

  test('text, data and function have bases of their own', () => {
    expect(written(pe.DW_EH_PE_textrel | pe.DW_EH_PE_udata2, target)).toEqual(bytes(0x234n, 2));
    expect(written(pe.DW_EH_PE_textrel | pe.DW_EH_PE_sdata2, 0x400fffn)).toEqual(bytes(-1n, 2));
    expect(written(pe.DW_EH_PE_textrel | pe.DW_EH_PE_uleb128, target)).toEqual([0xb4, 0x04]);
    expect(written(pe.DW_EH_PE_datarel | pe.DW_EH_PE_sdata4, target)).toEqual(bytes(target - 0x600000n, 4));
    expect(written(pe.DW_EH_PE_datarel | pe.DW_EH_PE_sleb128, 0x5fffffn)).toEqual([0x7f]);
    expect(written(pe.DW_EH_PE_funcrel | pe.DW_EH_PE_udata4, target, 0x401230n)).toEqual(bytes(4n, 4));
    expect(() => written(pe.DW_EH_PE_funcrel | pe.DW_EH_PE_udata4, target)).toThrow(RangeError);
  });

  test('absolute ones take four bytes only if they fit', () => {
    expect(written(pe.DW_EH_PE_absptr, target)).toEqual(bytes(target, 8));
    expect(written(pe.DW_EH_PE_signed, target)).toEqual(bytes(target, 8));
    expect(written(pe.DW_EH_PE_udata4, target)).toEqual(bytes(target, 4));
    expect(written(pe.DW_EH_PE_sdata4, 0xffffffff81000000n)).toEqual(bytes(0x81000000n, 4));
    expect(() => written(pe.DW_EH_PE_udata4, 0xffffffff81000000n)).toThrow(RangeError);
    expect(() => written(pe.DW_EH_PE_pcrel | pe.DW_EH_PE_sdata2, target)).toThrow(RangeError);
  });

  test('an aligned one is an address at a multiple of eight', () => {
    expect(written(pe.DW_EH_PE_aligned, target)).toEqual([0, 0, 0, 0, 0, ...bytes(target, 8)]);
  });

  test('an indirect one names the cell that holds it, under every base', () => {
    const cell = target + 0x300000n;
    expect(written(pe.DW_EH_PE_indirect | pe.DW_EH_PE_absptr, target)).toEqual(bytes(cell, 8));
    expect(written(pe.DW_EH_PE_indirect | pe.DW_EH_PE_pcrel | pe.DW_EH_PE_sdata4, target)).toEqual(
      bytes(cell - 0x500003n, 4),
    );
    expect(written(pe.DW_EH_PE_indirect | pe.DW_EH_PE_datarel | pe.DW_EH_PE_sdata4, target)).toEqual(
      bytes(cell - 0x600000n, 4),
    );
  });

  test('null is zero whatever the base, and an omitted one is nothing', () => {
    expect(written(pe.DW_EH_PE_indirect | pe.DW_EH_PE_pcrel | pe.DW_EH_PE_sdata4, null)).toEqual([0, 0, 0, 0]);
    expect(written(pe.DW_EH_PE_omit, target)).toEqual([]);
  });

  test('a length has the format, but neither base nor indirection', () => {
    const writer = new ByteWriter();
    pe.writeLength(writer, pe.DW_EH_PE_indirect | pe.DW_EH_PE_pcrel | pe.DW_EH_PE_sdata4, 0x1234);
    pe.writeLength(writer, pe.DW_EH_PE_uleb128, 0x80);
    expect(Array.from(writer.finish())).toEqual([0x34, 0x12, 0, 0, 0x80, 1]);
  });

  test('an unknown format or base is refused', () => {
    expect(() => written(0x05, target)).toThrow(RangeError);
    expect(() => written(0x60, target)).toThrow(RangeError);
  });
});
