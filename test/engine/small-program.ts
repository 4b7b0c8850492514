import { smallElf } from './elf/small-elf.ts';

/** An x86-64 file with `f` at 0x1000 and `start` at 0x1010, whose return address is undefined; 16 bytes each. */
export function smallProgram(): Uint8Array {
  const cie = [0x14, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, 1, 0, 1, 0x78, 16, 0x0c, 7, 8, 0x90, 1, 0, 0, 0, 0, 0, 0];
  const fde = (start: number, instructions: readonly [number, number]): number[] => {
    const range = [start & 0xff, start >> 8, 0, 0, 0, 0, 0, 0, 16, 0, 0, 0, 0, 0, 0, 0];
    return [0x1c, 0, 0, 0, 0, 0, 0, 0, ...range, ...instructions, 0, 0, 0, 0, 0, 0];
  };
  return smallElf({
    type: 3,
    machine: 62,
    sections: [
      { name: '.text', type: 1, flags: 6, address: 0x1000n, bytes: new Uint8Array(32).fill(0x90) },
      // DW_CFA_nop twice for `f`; DW_CFA_undefined 16 for `start`.
      {
        name: '.debug_frame',
        type: 1,
        bytes: Uint8Array.from([...cie, ...fde(0x1000, [0, 0]), ...fde(0x1010, [7, 16])]),
      },
    ],
  });
}
