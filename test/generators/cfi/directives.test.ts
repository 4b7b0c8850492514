import { describe, expect, test } from 'vitest';
import type { ArchitectureName } from '../../../engine/architecture/index.ts';
import { type CfiDirective, type CieOptions, cfi, dwarf, expression } from '../../../generators/cfi/index.ts';
import { linkProgram } from '../../../generators/link/index.ts';
import { missingTools } from '../../tools/external.ts';
import { dumpedFrames, dumpedInstructions, readelf } from './readelf-frames.ts';

const block = expression(dwarf.breg(7, 8), dwarf.deref());
const blockText = 'DW_OP_breg7 (rsp): 8; DW_OP_deref';

const directives: readonly (readonly [CfiDirective, string])[] = [
  [cfi.defCfa(7, 16), 'DW_CFA_def_cfa: r7 (rsp) ofs 16'],
  [cfi.defCfa(7, 300), 'DW_CFA_def_cfa: r7 (rsp) ofs 300'],
  [cfi.defCfaSf(6, -24), 'DW_CFA_def_cfa_sf: r6 (rbp) ofs -24'],
  [cfi.defCfaRegister(6), 'DW_CFA_def_cfa_register: r6 (rbp)'],
  [cfi.defCfaOffset(4096), 'DW_CFA_def_cfa_offset: 4096'],
  [cfi.defCfaOffsetSf(1024), 'DW_CFA_def_cfa_offset_sf: 1024'],
  [cfi.offset(3, -16), 'DW_CFA_offset: r3 (rbx) at cfa-16'],
  [cfi.offset(15, -2048), 'DW_CFA_offset: r15 (r15) at cfa-2048'],
  [cfi.offsetExtended(16, -8), 'DW_CFA_offset_extended: r16 (rip) at cfa-8'],
  [cfi.offsetExtendedSf(12, 64), 'DW_CFA_offset_extended_sf: r12 (r12) at cfa+64'],
  [cfi.offsetExtendedSf(12, -64), 'DW_CFA_offset_extended_sf: r12 (r12) at cfa-64'],
  [cfi.valOffset(7, 0), 'DW_CFA_val_offset: r7 (rsp) is cfa+0'],
  [cfi.valOffset(7, -32), 'DW_CFA_val_offset: r7 (rsp) is cfa-32'],
  [cfi.valOffsetSf(7, 40), 'DW_CFA_val_offset_sf: r7 (rsp) is cfa+40'],
  [cfi.gnuNegativeOffsetExtended(13, 56), 'DW_CFA_GNU_negative_offset_extended: r13 (r13) at cfa+56'],
  [cfi.register(16, 5), 'DW_CFA_register: r16 (rip) in r5 (rdi)'],
  [cfi.defCfaExpression(block), `DW_CFA_def_cfa_expression (${blockText})`],
  [cfi.expression(14, block), `DW_CFA_expression: r14 (r14) (${blockText})`],
  [cfi.valExpression(14, block), `DW_CFA_val_expression: r14 (r14) (${blockText})`],
  [cfi.restore(3), 'DW_CFA_restore: r3 (rbx)'],
  [cfi.restoreExtended(15), 'DW_CFA_restore_extended: r15 (r15)'],
  [cfi.undefined(16), 'DW_CFA_undefined: r16 (rip)'],
  [cfi.sameValue(12), 'DW_CFA_same_value: r12 (r12)'],
  [cfi.rememberState(), 'DW_CFA_remember_state'],
  [cfi.restoreState(), 'DW_CFA_restore_state'],
  [cfi.nop(), 'DW_CFA_nop'],
  [cfi.argsSize(48), 'DW_CFA_GNU_args_size: 48'],
  [cfi.raw(0x0e, 0xac, 0x02), 'DW_CFA_def_cfa_offset: 300'],
];

/** The image of one function of `size` bytes with directives at places in it. */
function image(
  architecture: ArchitectureName,
  placed: readonly (readonly [number, CfiDirective])[],
  size: number,
  cie: CieOptions = {},
): Uint8Array {
  const bytes = (count: number) => ({ bytes: new Uint8Array(count) });
  const items = placed.flatMap(([offset, directive], i) => [
    bytes(offset - (placed[i - 1]?.[0] ?? 0)),
    { cfi: directive },
  ]);
  const rest = bytes(size - (placed.at(-1)?.[0] ?? 0));
  return linkProgram([{ name: 'f', items: [...items, rest], cie }], { architecture }).image;
}

describe.skipIf(missingTools('readelf').length > 0)('CFI directives on x86-64 (needs readelf)', () => {
  test('readelf decodes each of them as meant', () => {
    const placed = directives.map(([directive], i) => [i, directive] as const);
    const decoded = dumpedInstructions(dumpedFrames('x86-64', image('x86-64', placed, placed.length)));
    const meant = directives.flatMap(([, text], i) =>
      i === 0 ? [text] : [`DW_CFA_advance_loc: 1 to 0000000000${(0x401000 + i).toString(16)}`, text],
    );
    expect(decoded.slice(0, meant.length)).toEqual(meant);
    expect(new Set(decoded.slice(meant.length))).toEqual(new Set(['DW_CFA_nop']));
  });

  test('the location moves by the shortest opcode', () => {
    const steps = [0x3f, 0x40, 0xff, 0x100, 0xffff, 0x10000];
    const forms = ['', '1', '1', '2', '2', '4'];
    const offsets = steps.map((_, i) => steps.slice(0, i + 1).reduce((sum, step) => sum + step));
    const placed = offsets.map((offset) => [offset, cfi.sameValue(3)] as const);
    const decoded = dumpedInstructions(dumpedFrames('x86-64', image('x86-64', placed, 0x30000)));
    expect(decoded.filter((text) => text.includes('advance'))).toEqual(
      steps.map((step, i) => {
        const to = (0x401000 + offsets[i]!).toString(16).padStart(16, '0');
        return `DW_CFA_advance_loc${forms[i]}: ${step} to ${to}`;
      }),
    );
  });

  test('every way to move the location can be asked for', () => {
    const placed = [
      [1, cfi.advance('advanceLoc')],
      [2, cfi.advance('advanceLoc1')],
      [3, cfi.advance('advanceLoc2')],
      [4, cfi.advance('advanceLoc4')],
      [4, cfi.advance('advanceLoc1')],
      [6, cfi.mipsAdvanceLoc8()],
      [9, cfi.setLoc()],
      [9, cfi.sameValue(3)],
    ] as const;
    const decoded = dumpedInstructions(dumpedFrames('x86-64', image('x86-64', placed, 10)));
    expect(decoded.slice(0, placed.length)).toEqual([
      'DW_CFA_advance_loc: 1 to 0000000000401001',
      'DW_CFA_advance_loc1: 1 to 0000000000401002',
      'DW_CFA_advance_loc2: 1 to 0000000000401003',
      'DW_CFA_advance_loc4: 1 to 0000000000401004',
      'DW_CFA_advance_loc1: 0 to 0000000000401004',
      'DW_CFA_MIPS_advance_loc8: 2 to 0000000000401006',
      'DW_CFA_set_loc: 0000000000401009',
      'DW_CFA_same_value: r3 (rbx)',
    ]);
  });
});

describe.skipIf(missingTools(readelf.aarch64).length > 0)(
  `CFI directives on AArch64 (needs ${readelf.aarch64})`,
  () => {
    test('the location is factored by four and the return address state is toggled', () => {
      const placed = [
        [4, cfi.negateRaState()],
        [4 + 4 * 0x3f, cfi.offsetExtended(72, -32)],
        [4 + 4 * 0x7f, cfi.valExpression(34, expression(dwarf.lit(1)))],
      ] as const;
      const decoded = dumpedInstructions(dumpedFrames('aarch64', image('aarch64', placed, 0x400)));
      expect(decoded.slice(0, 6)).toEqual([
        'DW_CFA_advance_loc: 4 to 0000000000401004',
        'DW_CFA_AARCH64_negate_ra_state',
        'DW_CFA_advance_loc: 252 to 0000000000401100',
        'DW_CFA_offset_extended: r72 (v8) at cfa-32',
        'DW_CFA_advance_loc1: 256 to 0000000000401200',
        expect.stringMatching(/^DW_CFA_val_expression: r34 .*\(DW_OP_lit1\)$/),
      ]);
    });
  },
);
