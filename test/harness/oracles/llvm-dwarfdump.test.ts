import { describe, expect, it } from 'vitest';
import { aarch64, x86_64 } from '../../../engine/index.ts';
import { parseLlvmDwarfdump } from '../../../harness/oracles/index.ts';

describe('what llvm-dwarfdump prints', () => {
  it('is read row by row, with its instructions and where they stand', () => {
    const printed = `a.out:	file format elf64-x86-64

.debug_frame contents:


.eh_frame contents:

00000000 00000014 00000000 CIE
  Format:                DWARF32
  Augmentation:          "zR"
  DW_CFA_def_cfa: RSP +8

  CFA=RSP+8: RIP=[CFA-8]

00000018 00000020 0000001c FDE cie=00000000 pc=00001000...00001126
  Format:       DWARF32
  DW_CFA_advance_loc: 14
  DW_CFA_remember_state:
  DW_CFA_advance_loc1: 246
  DW_CFA_restore_state:

  0x1000: CFA=RSP+8: RIP=undefined
  0x100e: CFA=DW_OP_breg7 RSP+160, DW_OP_deref: RBX=[DW_OP_breg7 RSP+144], RBP=same, R12=RDI, R14=<empty>, R15=[<empty>], XMM6=[CFA-40], RIP=[CFA]
  0x1104: CFA=RBP+16: RSP=CFA+8, R13=DW_OP_const1u 0x8, DW_OP_plus, RIP=[CFA-8]
`;
    const fdes = parseLlvmDwarfdump(printed, x86_64);
    expect(fdes).toHaveLength(1);
    const [{ section, offset, start, end, instructions, rows }] = fdes as [(typeof fdes)[0]];
    expect([section, offset, start, end]).toEqual(['.eh_frame', 0x18, 0x1000n, 0x1126n]);
    expect(instructions).toEqual([
      { opcode: 'DW_CFA_advance_loc', location: 0x100en },
      { opcode: 'DW_CFA_remember_state', location: 0x100en },
      { opcode: 'DW_CFA_advance_loc1', location: 0x1104n },
      { opcode: 'DW_CFA_restore_state', location: 0x1104n },
    ]);
    expect(rows.map(({ location, cfa, rules }) => [location, cfa, Object.fromEntries(rules)])).toEqual([
      [0x1000n, 'rsp+8', { rip: 'u' }],
      [0x100en, '{rsp+160 deref}', { rbx: '[{rsp+144}]', rbp: 's', r12: 'rdi', r14: '{}', r15: '[{}]', rip: '[CFA]' }],
      [0x1104n, 'rbp+16', { rsp: 'CFA+8', r13: '{const1u(8) plus}', rip: '[CFA-8]' }],
    ]);
  });

  it('names registers of AArch64 as the engine does', () => {
    const printed = `.eh_frame contents:
00000014 00000038 00000018 FDE cie=00000000 pc=00000000...00000140
  0x1c: CFA=WSP+272: W29=[CFA-272], W30=[CFA-264], reg34=1, B8=[CFA-16], B20=[CFA-8]
`;
    const [row] = parseLlvmDwarfdump(printed, aarch64)[0]!.rows;
    expect(row!.cfa).toBe('sp+272');
    const rules = { x29: '[CFA-272]', x30: '[CFA-264]', ra_sign_state: '1', d8: '[CFA-16]' };
    expect(Object.fromEntries(row!.rules)).toEqual(rules);
  });
});
