import { describe, expect, test } from 'vitest';
import { disassemble } from '../../../harness/disassembly/disassemble.ts';

const words = (...values: number[]) => new Uint8Array(Uint32Array.from(values).buffer);

describe('disassemble()', () => {
  test('gives address, size, mnemonic and operands of x86-64 code', () => {
    const code = Uint8Array.of(0x55, 0x48, 0x89, 0xe5, 0xc3);
    expect(
      disassemble('x86-64', code, 0xffffffff81000000n).map(({ address, size, mnemonic, operands }) => [
        address,
        size,
        mnemonic,
        operands,
      ]),
    ).toEqual([
      [0xffffffff81000000n, 1, 'push', 'rbp'],
      [0xffffffff81000001n, 3, 'mov', 'rbp, rsp'],
      [0xffffffff81000004n, 1, 'ret', ''],
    ]);
  });

  test('tells calls, jumps and returns apart on x86-64', () => {
    const code = Uint8Array.of(0xe8, 0, 0, 0, 0, 0xff, 0xd0, 0xeb, 0, 0x74, 0, 0xff, 0xe0, 0xc3, 0xc2, 8, 0, 0x90);
    const kinds = disassemble('x86-64', code, 0x1000n).map(
      ({ groups }) => Object.entries(groups).find(([, is]) => is)?.[0] ?? 'none',
    );
    expect(kinds).toEqual(['call', 'call', 'jump', 'jump', 'jump', 'return', 'return', 'none']);
  });

  test('takes BL and BLR of AArch64 for calls only', () => {
    const [bl, blr, b, ret] = disassemble('aarch64', words(0x94000000, 0xd63f0000, 0x14000000, 0xd65f03c0), 0x1000n);
    expect(bl!.groups).toEqual({ call: true, jump: false, return: false });
    expect(blr!.groups).toEqual({ call: true, jump: false, return: false });
    expect(b!.groups).toEqual({ call: false, jump: true, return: false });
    expect(ret!.groups).toEqual({ call: false, jump: false, return: true });
  });

  test('ends before bytes that are no instruction', () => {
    expect(disassemble('aarch64', words(0xd503201f, 0xffffffff, 0xd503201f), 0n)).toHaveLength(1);
  });
});
