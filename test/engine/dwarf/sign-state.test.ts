import { describe, expect, it } from 'vitest';
import { aarch64 } from '../../../engine/architecture/index.ts';
import { aarch64Rows, rowsWith, text } from './frame-bytes.ts';

// x29 is register 29, x30 is 30, RA_SIGN_STATE is 34.

describe('RA_SIGN_STATE on AArch64', () => {
  it('DW_CFA_AARCH64_negate_ra_state (0x2d) toggles it; it is not SPARC’s window_save (BOLT #55005, parca #2181)', () => {
    expect(
      aarch64Rows(
        [0x41, 0x2d], // DW_CFA_advance_loc 4; DW_CFA_AARCH64_negate_ra_state
        [0x41, 0x0e, 16, 0x9d, 2, 0x9e, 1], // CFA=sp+16 x29=[CFA-16] x30=[CFA-8]
        [0x41, 0x2d],
      ),
    ).toEqual([
      '1000..1004 CFA=sp',
      '1004..1008 CFA=sp signed',
      '1008..100c CFA=sp+16 x29=[CFA-16] x30=[CFA-8] signed',
      '100c..1100 CFA=sp+16 x29=[CFA-16] x30=[CFA-8]',
    ]);
  });

  it('DW_CFA_AARCH64_negate_ra_state_with_pc toggles both bits and notes the PC (libunwind #164224)', () => {
    expect(aarch64Rows([0x41, 0x2c], [0x41], [0x41, 0x2c])).toEqual([
      '1000..1004 CFA=sp',
      '1004..1008 CFA=sp signed-with-pc@0x1004',
      '1008..100c CFA=sp signed-with-pc@0x1004',
      '100c..1100 CFA=sp',
    ]);
  });

  it('DW_CFA_AARCH64_set_ra_state sets one of three values (libunwind #206814)', () => {
    expect(
      aarch64Rows(
        [0x2b, 1, 0x00], // signed with SP
        [0x41, 0x2b, 2, 0x7f], // with SP and PC, signed one instruction before
        [0x41, 0x2b, 0, 0x80, 0x7f],
        [0x41, 0x2d],
      ),
    ).toEqual([
      '1000..1004 CFA=sp signed',
      '1004..1008 CFA=sp signed-with-pc@0x1000',
      '1008..100c CFA=sp',
      '100c..1100 CFA=sp signed',
    ]);
    expect(() => aarch64Rows([0x2b, 3, 0])).toThrow(expect.objectContaining({ kind: 'unsupported' }));
  });

  it('finds the instruction that signed on either side, as far as 64 bits go', () => {
    expect(
      aarch64Rows(
        [0x41, 0x2b, 2, 2], // two instructions ahead
        [0x41, 0x0a, 0x2b, 2, 0xfd, 0x7e], // DW_CFA_remember_state; 131 instructions back, before the FDE
        [0x41, 0x0b],
        [0x41, 0x2b, 2, ...[0x80, 0x80, 0x80, 0x80, 0x10]],
      ),
    ).toEqual([
      '1000..1004 CFA=sp',
      '1004..1008 CFA=sp signed-with-pc@0x100c',
      '1008..100c CFA=sp signed-with-pc@0xdfc',
      '100c..1010 CFA=sp signed-with-pc@0x100c',
      '1010..1100 CFA=sp signed-with-pc@0x400001010',
    ]);
  });

  it('no address is signed with a PC by the instructions of a CIE', () => {
    const cie = [1, text('zR'), 4, 0x78, 30, 1, 0x00, 0x0c, 31, 0, 0x2c];
    expect(() => rowsWith(aarch64, cie, [[]])).toThrow(expect.objectContaining({ kind: 'invalid' }));
  });

  it('a plain toggle of a state signed with PC is invalid', () => {
    expect(() => aarch64Rows([0x2c, 0x2d])).toThrow(expect.objectContaining({ kind: 'invalid' }));
  });

  it('is remembered and restored with the row (GCC PR 104689)', () => {
    expect(aarch64Rows([0x2d, 0x0a], [0x41, 0x2d], [0x41, 0x0b])).toEqual([
      '1000..1004 CFA=sp signed',
      '1004..1008 CFA=sp',
      '1008..1100 CFA=sp signed',
    ]);
  });

  it('starts anew with each FDE, from the state of the CIE', () => {
    const signedCie = [1, text('zR'), 4, 0x78, 30, 1, 0x00, 0x0c, 31, 0, 0x2d];
    expect(rowsWith(aarch64, signedCie, [[0x41, 0x2d]])).toEqual(['1000..1004 CFA=sp signed', '1004..1100 CFA=sp']);
    expect(rowsWith(aarch64, signedCie, [[0x2d], [0x41, 0x06, 34]])).toEqual([
      '1000..1004 CFA=sp',
      '1004..1100 CFA=sp signed',
    ]);
  });

  it('can be given by a rule of its own instead (LLVM D123692, GCC PR 104689)', () => {
    const cie = [1, text('zR'), 4, 0x78, 30, 1, 0x00, 0x0c, 31, 0, 0x16, 34, 1, 0x31]; // val_expression 34: lit1
    expect(rowsWith(aarch64, cie, [])).toEqual(['1000..1100 CFA=sp ra_sign_state={lit1}']);
  });

  it.each([
    ['negate_ra_state', [0x2d]],
    ['negate_ra_state_with_pc', [0x2c]],
    ['set_ra_state', [0x2b, 1, 0]],
  ])('%s is invalid while another rule owns register 34 (GCC PR 104689)', (_, opcode) => {
    expect(() => aarch64Rows([0x16, 34, 1, 0x31], opcode)).toThrow(
      expect.objectContaining({ kind: 'invalid', message: expect.stringContaining('RA_SIGN_STATE') }),
    );
    expect(() => aarch64Rows([0x16, 34, 1, 0x31], [0x06, 34], opcode)).not.toThrow();
  });
});
