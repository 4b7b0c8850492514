import { describe, expect, it } from 'vitest';
import { x86_64 } from '../../../engine/architecture/index.ts';
import { rowsOf } from '../../../engine/dwarf/index.ts';
import { UnwindError } from '../../../engine/errors.ts';
import { Memory, MemoryWindow } from '../../../engine/memory.ts';
import { covering, FrameBytes, rowsWith, rowText, text, u16, u32, u64, x86Cie, x86Rows } from './frame-bytes.ts';

// DWARF numbers: rax 0, rbx 3, rbp 6, rsp 7, r12 12, rip 16. The CIE gives CFA=rsp+8 rip=[CFA-8].

describe('instructions that move the location', () => {
  it('DW_CFA_advance_loc adds its low six bits', () => {
    expect(
      x86Rows(
        [0x41], // DW_CFA_advance_loc 1
        [0x0e, 16], // DW_CFA_def_cfa_offset 16
        [0x7f], // DW_CFA_advance_loc 63
        [0x0e, 24],
      ),
    ).toEqual([
      '1000..1001 CFA=rsp+8 rip=[CFA-8]',
      '1001..1040 CFA=rsp+16 rip=[CFA-8]',
      '1040..1100 CFA=rsp+24 rip=[CFA-8]',
    ]);
  });

  it('DW_CFA_advance_loc1, 2 and 4 add operands of one, two and four bytes', () => {
    const frames = new FrameBytes();
    const fde = frames.fde(
      frames.cie(...x86Cie),
      covering(0x1000, 0x2_0000_0000),
      [0x02, 0xf0], // DW_CFA_advance_loc1 0xf0
      [0x0e, 16],
      [0x03, ...u16(0xfedc)], // DW_CFA_advance_loc2 0xfedc
      [0x0e, 24],
      [0x04, ...u32(0xfedcba98)], // DW_CFA_advance_loc4 0xfedcba98
      [0x0e, 32],
    );
    expect(Array.from(rowsOf(frames.section(), fde), (row) => rowText(row, x86_64).split(' ', 2).join(' '))).toEqual([
      '1000..10f0 CFA=rsp+8',
      '10f0..10fcc CFA=rsp+16',
      '10fcc..feddca64 CFA=rsp+24',
      'feddca64..200001000 CFA=rsp+32',
    ]);
  });

  it('DW_CFA_MIPS_advance_loc8 adds eight bytes, across 2^32', () => {
    const frames = new FrameBytes();
    const fde = frames.fde(
      frames.cie(...x86Cie),
      covering(0xffff_f000, 0x1_0000_2000n),
      [0x1d, ...u64(0x1_0000_1000n)], // DW_CFA_MIPS_advance_loc8 0x100001000
      [0x0e, 16],
    );
    expect(Array.from(rowsOf(frames.section(), fde), (row) => rowText(row, x86_64))).toEqual([
      'fffff000..200000000 CFA=rsp+8 rip=[CFA-8]',
      '200000000..200001000 CFA=rsp+16 rip=[CFA-8]',
    ]);
  });

  it('advances are multiplied by the code alignment factor (gimli #397)', () => {
    const cie = [1, text('zR'), 4, 0x78, 16, 1, 0x00, 0x0c, 7, 8, 0x90, 1];
    const rows = rowsWith(x86_64, cie, [
      [0x41, 0x0e, 16], // DW_CFA_advance_loc 1 * 4; DW_CFA_def_cfa_offset 16
      [0x02, 3, 0x0e, 24], // DW_CFA_advance_loc1 3 * 4
      [0x1d, ...u64(2), 0x0e, 32], // DW_CFA_MIPS_advance_loc8 2 * 4
    ]);
    expect(rows.map((row) => row.split(' ')[0])).toEqual(['1000..1004', '1004..1010', '1010..1018', '1018..1100']);
  });

  it('DW_CFA_set_loc reads its operand in the encoding of the FDE (gimli #403)', () => {
    const frames = new FrameBytes();
    const cie = frames.cie(1, text('zR'), 1, 0x78, 16, 1, 0x1b, 0x0c, 7, 8, 0x90, 1, 0, 0); // R = pcrel | sdata4
    // The FDE is at 0x18 of a section at 0x5000: its address field lies at 0x5020, the operand of set_loc at 0x502a.
    expect(frames.length).toBe(0x18);
    const fde = frames.fde(
      cie,
      u32(0x1000 - 0x5020),
      u32(0x100),
      0, // no augmentation data
      [0x01, ...u32(0x1040 - 0x502a)], // DW_CFA_set_loc 0x1040
      [0x0e, 16],
    );
    expect(Array.from(rowsOf(frames.section(), fde), (row) => rowText(row, x86_64))).toEqual([
      '1000..1040 CFA=rsp+8 rip=[CFA-8]',
      '1040..1100 CFA=rsp+16 rip=[CFA-8]',
    ]);
  });

  it('DW_CFA_set_loc through an indirect pointer is unsupported', () => {
    const frames = new FrameBytes();
    const cie = frames.cie(1, text('zR'), 1, 0x78, 16, 1, 0x80, 0x0c, 7, 8); // R = indirect | absptr
    const fde = frames.fde(cie, covering(0x9000, 0x100), [0x01, ...u64(0x1040)]);
    const memory = new Memory([new MemoryWindow(0x9000n, Uint8Array.from(u64(0x1000)))]);
    expect(() => [...rowsOf(frames.section({ memory }), fde)]).toThrow(
      expect.objectContaining({ kind: 'unsupported' }),
    );
  });

  it('DW_CFA_set_loc to an address before the row at hand is invalid', () => {
    expect(() => x86Rows([0x44], [0x01, ...u64(0x1003)])).toThrow(/\.eh_frame\+0x[0-9a-f]+: expected a location that/);
    expect(x86Rows([0x44], [0x01, ...u64(0x1004)])).toHaveLength(2);
  });

  it('rows end with the function, whatever advances go beyond it', () => {
    expect(
      x86Rows(
        [0x02, 0xff, 0x0e, 16], // DW_CFA_advance_loc1 0xff; DW_CFA_def_cfa_offset 16
        [0x41, 0x0e, 24], // DW_CFA_advance_loc 1: at the end
        [0x41, 0x26], // an opcode nobody knows, behind the end
      ),
    ).toEqual(['1000..10ff CFA=rsp+8 rip=[CFA-8]', '10ff..1100 CFA=rsp+16 rip=[CFA-8]']);
  });

  it('a distance of 64 bits and more ends the function instead of wrapping', () => {
    const cie = [1, text('zR'), 4, 0x78, 16, 1, 0x00, 0x0c, 7, 8, 0x90, 1];
    // 2^62 * 4 = 2^64, which is 0 in 64 bits.
    expect(rowsWith(x86_64, cie, [[0x1d, ...u64(1n << 62n), 0x0e, 16]])).toEqual(['1000..1100 CFA=rsp+8 rip=[CFA-8]']);
    expect(x86Rows([0x41, 0x1d, ...u64(-1), 0x0e, 16])).toHaveLength(2);
  });

  it('instructions after an advance by nothing belong to the same row', () => {
    expect(x86Rows([0x40, 0x0e, 16], [0x40, 0x86, 2])).toEqual(['1000..1100 CFA=rsp+16 rbp=[CFA-16] rip=[CFA-8]']);
  });
});

describe('instructions that define the CFA', () => {
  it('DW_CFA_def_cfa sets register and unfactored offset', () => {
    expect(x86Rows([0x0c, 6, 0x90, 0x01])).toEqual(['1000..1100 CFA=rbp+144 rip=[CFA-8]']);
  });

  it('DW_CFA_def_cfa_sf and DW_CFA_def_cfa_offset_sf factor their signed offset', () => {
    expect(
      x86Rows(
        [0x12, 6, 0x7e], // DW_CFA_def_cfa_sf rbp -2 * -8
        [0x41, 0x13, 0x03], // DW_CFA_def_cfa_offset_sf 3 * -8
      ),
    ).toEqual(['1000..1001 CFA=rbp+16 rip=[CFA-8]', '1001..1100 CFA=rbp-24 rip=[CFA-8]']);
  });

  it('DW_CFA_def_cfa_register keeps the offset (Linux sh unwinder)', () => {
    expect(x86Rows([0x0c, 7, 16], [0x0d, 6])).toEqual(['1000..1100 CFA=rbp+16 rip=[CFA-8]']);
  });

  it('DW_CFA_def_cfa_offset keeps the register', () => {
    expect(x86Rows([0x0d, 6], [0x0e, 32])).toEqual(['1000..1100 CFA=rbp+32 rip=[CFA-8]']);
  });

  it('DW_CFA_def_cfa_expression takes a block', () => {
    // DW_OP_breg7 160, DW_OP_deref
    expect(x86Rows([0x0f, 4, 0x77, 0xa0, 0x01, 0x06])).toEqual(['1000..1100 CFA={rsp+160 deref} rip=[CFA-8]']);
  });

  it.each([
    ['DW_CFA_def_cfa_register', [0x0d, 6]],
    ['DW_CFA_def_cfa_offset', [0x0e, 16]],
    ['DW_CFA_def_cfa_offset_sf', [0x13, 2]],
  ])('%s is invalid after an expression', (_, instruction) => {
    expect(() => x86Rows([0x0f, 2, 0x77, 8], instruction)).toThrow(/expected a CFA of register and offset/);
    expect(() => x86Rows([0x0f, 2, 0x77, 8], [0x0c, 7, 8], instruction)).not.toThrow();
  });

  it('offsets keep all 64 bits', () => {
    expect(
      x86Rows(
        [0x0e, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f], // DW_CFA_def_cfa_offset 2^63-1
        [0x41, 0x13, 0x80, 0x80, 0x80, 0x80, 0x80, 0x02], // DW_CFA_def_cfa_offset_sf 2^36 * -8
        [0x41, 0x86, 0x81, 0x80, 0x80, 0x80, 0x20], // DW_CFA_offset rbp (2^33 + 1) * -8
      ),
    ).toEqual([
      '1000..1001 CFA=rsp+9223372036854775807 rip=[CFA-8]',
      '1001..1002 CFA=rsp-549755813888 rip=[CFA-8]',
      '1002..1100 CFA=rsp-549755813888 rbp=[CFA-68719476744] rip=[CFA-8]',
    ]);
  });

  it('a CFA on a register that is not tracked spoils its own rows only', () => {
    const frames = new FrameBytes();
    const fde = frames.fde(
      frames.cie(...x86Cie),
      covering(0x1000, 0x100),
      [0x41, 0x0c, 17, 8], // DW_CFA_advance_loc 1; DW_CFA_def_cfa xmm0 8
    );
    const rows: string[] = [];
    expect(() => {
      for (const row of rowsOf(frames.section(), fde)) rows.push(rowText(row, x86_64));
    }).toThrow(expect.objectContaining({ kind: 'unsupported', section: '.eh_frame' }));
    expect(rows).toEqual(['1000..1001 CFA=rsp+8 rip=[CFA-8]']);
    expect(x86Rows([0x0c, 17, 8], [0x0d, 6])).toEqual(['1000..1100 CFA=rbp+8 rip=[CFA-8]']);
  });
});

describe('what a row takes from its CIE and section', () => {
  it('the column of the return address, and where expressions lie', () => {
    const frames = new FrameBytes();
    const cie = frames.cie(1, text('zR'), 1, 0x78, 6, 1, 0x00, 0x0c, 7, 8); // the return address is in rbp
    const fde = frames.fde(cie, covering(0x1000, 0x100));
    const section = frames.section();
    const [row] = rowsOf(section, fde);
    expect(row).toMatchObject({ returnColumn: 6, section: '.eh_frame' });
    expect(row!.bytes).toBe(section.section.bytes);
  });
});

describe('instructions that set a register rule', () => {
  it.each([
    ['DW_CFA_offset rbp 2', [0x86, 2], 'rbp=[CFA-16]'],
    ['DW_CFA_offset_extended rbp 2', [0x05, 6, 2], 'rbp=[CFA-16]'],
    ['DW_CFA_offset_extended_sf rbp -2', [0x11, 6, 0x7e], 'rbp=[CFA+16]'],
    ['DW_CFA_GNU_negative_offset_extended rbp 2', [0x2f, 6, 2], 'rbp=[CFA+16]'],
    ['DW_CFA_GNU_negative_offset_extended rbp 0', [0x2f, 6, 0], 'rbp=[CFA]'],
    ['DW_CFA_val_offset rbp 2', [0x14, 6, 2], 'rbp=CFA-16'],
    ['DW_CFA_val_offset_sf rbp -2', [0x15, 6, 0x7e], 'rbp=CFA+16'],
    ['DW_CFA_undefined rbp', [0x07, 6], 'rbp=u'],
    ['DW_CFA_same_value rbp', [0x08, 6], 'rbp=s'],
    ['DW_CFA_register rbp in r9', [0x09, 6, 9], 'rbp=r9'],
    ['DW_CFA_expression rbp: DW_OP_breg7 40', [0x10, 6, 2, 0x77, 40], 'rbp=[{rsp+40}]'],
    ['DW_CFA_val_expression rbp: DW_OP_lit1', [0x16, 6, 1, 0x31], 'rbp={lit1}'],
    ['DW_CFA_val_expression rbp: empty', [0x16, 6, 0], 'rbp={}'],
  ])('%s', (_, instruction, rule) => {
    expect(x86Rows(instruction)).toEqual([`1000..1100 CFA=rsp+8 ${rule} rip=[CFA-8]`]);
  });

  it('DW_CFA_nop changes nothing', () => {
    expect(x86Rows([0, 0, 0x86, 2, 0])).toEqual(['1000..1100 CFA=rsp+8 rbp=[CFA-16] rip=[CFA-8]']);
  });

  it('rules come in ascending order of columns, the last one for a register counts', () => {
    expect(x86Rows([0x8c, 3], [0x83, 2], [0x86, 4], [0x8c, 5])).toEqual([
      '1000..1100 CFA=rsp+8 rbx=[CFA-16] rbp=[CFA-32] r12=[CFA-40] rip=[CFA-8]',
    ]);
  });

  it('registers that are not tracked are passed over, the first number past the table too (CVE-2015-3239)', () => {
    expect(x86_64.dwarfToColumn.length).toBe(17);
    expect(
      x86Rows(
        [0x91, 2], // DW_CFA_offset xmm0 (17)
        [0x05, 17, 2],
        [0x05, 0xff, 0xff, 0xff, 0xff, 0x0f, 2], // register 2^32-1
        [0x05, 0x80, 0x80, 0x80, 0x80, 0x10, 2], // register 2^32 is not rax
        [0x10, 17, 1, 0x30],
        [0xd1], // DW_CFA_restore xmm0
        [0x86, 2],
      ),
    ).toEqual(['1000..1100 CFA=rsp+8 rbp=[CFA-16] rip=[CFA-8]']);
  });

  it('a register saved in one that is not tracked is undefined; for the return address that is unsupported', () => {
    expect(x86Rows([0x09, 3, 17])).toEqual(['1000..1100 CFA=rsp+8 rbx=u rip=[CFA-8]']);
    expect(() => x86Rows([0x09, 16, 17])).toThrow(expect.objectContaining({ kind: 'unsupported' }));
  });

  it('ULEB128 operands may have redundant bytes', () => {
    expect(x86Rows([0x86, 0x82, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x00])).toEqual([
      '1000..1100 CFA=rsp+8 rbp=[CFA-16] rip=[CFA-8]',
    ]);
  });
});

describe('DW_CFA_restore', () => {
  it('returns to the rule after the initial instructions of the CIE', () => {
    expect(x86Rows([0x90, 4], [0x41, 0xd0], [0x90, 5], [0x41, 0x06, 16])).toEqual([
      '1000..1001 CFA=rsp+8 rip=[CFA-32]',
      '1001..1002 CFA=rsp+8 rip=[CFA-40]',
      '1002..1100 CFA=rsp+8 rip=[CFA-8]',
    ]);
  });

  it('of a register the CIE does not mention leaves it without a rule (pstack 2.16, zig #3478)', () => {
    expect(x86Rows([0x86, 2], [0x41, 0xc6])).toEqual([
      '1000..1001 CFA=rsp+8 rbp=[CFA-16] rip=[CFA-8]',
      '1001..1100 CFA=rsp+8 rip=[CFA-8]',
    ]);
  });

  it('is invalid in a CIE', () => {
    const cie = [1, text('zR'), 1, 0x78, 16, 1, 0x00, 0x0c, 7, 8, 0xd0];
    expect(() => rowsWith(x86_64, cie, [])).toThrow(/expected no DW_CFA_restore in a CIE/);
  });
});

describe('DW_CFA_remember_state and DW_CFA_restore_state', () => {
  it('leave the location alone (gimli #273, lldb D10843)', () => {
    expect(
      x86Rows(
        [0x41, 0x0a], // DW_CFA_advance_loc 1; DW_CFA_remember_state
        [0x44, 0x0e, 16], // DW_CFA_advance_loc 4; DW_CFA_def_cfa_offset 16
        [0x0b], // DW_CFA_restore_state
        [0x42, 0x0e, 24], // DW_CFA_advance_loc 2
      ).map((row) => row.split(' ').slice(0, 2).join(' ')),
    ).toEqual(['1000..1001 CFA=rsp+8', '1001..1005 CFA=rsp+8', '1005..1007 CFA=rsp+8', '1007..1100 CFA=rsp+24']);
  });

  it('keep the CFA rule as well as the registers (libgcc 2006, parca #841)', () => {
    expect(
      x86Rows(
        [0x0e, 16, 0x86, 2], // CFA=rsp+16 rbp=[CFA-16]
        [0x41, 0x0a, 0x0c, 6, 32, 0xc6, 0x83, 3], // remember; CFA=rbp+32, rbp restored, rbx=[CFA-24]
        [0x41, 0x0b], // restore
      ),
    ).toEqual([
      '1000..1001 CFA=rsp+16 rbp=[CFA-16] rip=[CFA-8]',
      '1001..1002 CFA=rbp+32 rbx=[CFA-24] rip=[CFA-8]',
      '1002..1100 CFA=rsp+16 rbp=[CFA-16] rip=[CFA-8]',
    ]);
  });

  it('nest (delve #3480, parca #841)', () => {
    expect(
      x86Rows(
        [0x0a, 0x0e, 16, 0x0a, 0x0e, 24], // remember 8; 16; remember 16; 24
        [0x41, 0x0b], // 16
        [0x41, 0x0b], // 8
      ).map((row) => row.split(' ')[1]),
    ).toEqual(['CFA=rsp+24', 'CFA=rsp+16', 'CFA=rsp+8']);
  });

  it('restore a CFA expression', () => {
    expect(x86Rows([0x0f, 2, 0x77, 8, 0x0a, 0x0c, 7, 8], [0x41, 0x0b]).map((row) => row.split(' ')[1])).toEqual([
      'CFA=rsp+8',
      'CFA={rsp+8}',
    ]);
  });

  it('leave the argument size alone', () => {
    expect(x86Rows([0x0a, 0x2e, 16, 0x0b])).toEqual(['1000..1100 CFA=rsp+8 rip=[CFA-8] args=16']);
  });

  it('are invalid without a remembered state, also one of the CIE', () => {
    expect(() => x86Rows([0x0a, 0x0b, 0x0b])).toThrow(/expected a remembered state/);
    const cie = [1, text('zR'), 1, 0x78, 16, 1, 0x00, 0x0c, 7, 8, 0x0a];
    expect(() => rowsWith(x86_64, cie, [[0x0b]])).toThrow(/expected a remembered state/);
  });

  it('may leave states on the stack, which the next FDE does not see', () => {
    const frames = new FrameBytes();
    const cie = frames.cie(...x86Cie);
    const first = frames.fde(cie, covering(0x1000, 0x10), [0x0a, 0x0e, 16]);
    const second = frames.fde(cie, covering(0x2000, 0x10), [0x0b]);
    const section = frames.section();
    expect([...rowsOf(section, first)]).toHaveLength(1);
    expect(() => [...rowsOf(section, second)]).toThrow(/expected a remembered state/);
  });

  it('are unsupported more than 1024 deep', () => {
    const deep = (depth: number) => x86Rows(new Array<number>(depth).fill(0x0a));
    expect(deep(1024)).toHaveLength(1);
    expect(() => deep(1025)).toThrow(expect.objectContaining({ kind: 'unsupported' }));
  });
});

describe('other instructions', () => {
  it('DW_CFA_GNU_args_size is kept in the row (drgn #480, gimli #319)', () => {
    expect(x86Rows([0x2e, 0x90, 0x01], [0x41, 0x2e, 0])).toEqual([
      '1000..1001 CFA=rsp+8 rip=[CFA-8] args=144',
      '1001..1100 CFA=rsp+8 rip=[CFA-8]',
    ]);
  });

  it.each(['17', '1c', '1e', '26', '2b', '2c', '30', '31', '3f'])(
    'opcode 0x%s, unknown on x86-64, is unsupported from its row on (parca #2459)',
    (hexadecimal) => {
      const opcode = Number.parseInt(hexadecimal, 16);
      const frames = new FrameBytes();
      const fde = frames.fde(frames.cie(...x86Cie), covering(0x1000, 0x100), [0x44, opcode, 0x41, 0x0e, 16]);
      const rows: string[] = [];
      let error: unknown;
      try {
        for (const row of rowsOf(frames.section(), fde)) rows.push(rowText(row, x86_64));
      } catch (thrown) {
        error = thrown;
      }
      expect(rows).toEqual(['1000..1004 CFA=rsp+8 rip=[CFA-8]']);
      expect(error).toBeInstanceOf(UnwindError);
      expect(error).toMatchObject({ kind: 'unsupported', section: '.eh_frame', offset: frames.length - 4 });
    },
  );

  it('DW_CFA_GNU_args_size of 2^32 and more is invalid', () => {
    expect(x86Rows([0x2e, 0xff, 0xff, 0xff, 0xff, 0x0f])[0]).toContain('args=4294967295');
    expect(() => x86Rows([0x2e, 0x80, 0x80, 0x80, 0x80, 0x10])).toThrow(/expected an argument size below/);
  });

  it('0x2d is SPARC’s DW_CFA_GNU_window_save on x86-64, hence invalid', () => {
    expect(() => x86Rows([0x2d])).toThrow(expect.objectContaining({ kind: 'invalid' }));
  });

  it.each([
    ['DW_CFA_advance_loc1', [0x02]],
    ['DW_CFA_advance_loc4', [0x04, 1, 2, 3]],
    ['DW_CFA_def_cfa', [0x0c, 7]],
    ['DW_CFA_def_cfa with an unfinished ULEB128', [0x0c, 7, 0x80]],
    ['DW_CFA_def_cfa_expression', [0x0f, 2, 0x77]],
    ['DW_CFA_expression', [0x10, 6, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f]],
    ['DW_CFA_set_loc', [0x01, 0, 0, 0]],
  ])('%s cut off by the end of the entry is invalid', (_, instruction) => {
    const frames = new FrameBytes();
    const fde = frames.fde(frames.cie(...x86Cie), covering(0x1000, 0x100), instruction);
    frames.raw(u64(0), u64(0)); // bytes of the next entry are none of this one's
    expect(() => [...rowsOf(frames.section(), fde)]).toThrow(
      expect.objectContaining({ name: 'UnwindError', kind: 'invalid' }),
    );
  });

  it('a change of location in a CIE is invalid', () => {
    for (const move of [[0x41], [0x02, 1], [0x01, ...u64(0)]]) {
      const cie = [1, text('zR'), 1, 0x78, 16, 1, 0x00, 0x0c, 7, 8, ...move];
      expect(() => rowsWith(x86_64, cie, [])).toThrow(/expected no change of location in a CIE/);
    }
  });
});
