import { describe, expect, test } from 'vitest';
import type { ArchitectureName } from '../../../engine/architecture/index.ts';
import { assemble, type Item } from '../../../generators/assembly/index.ts';
import { type CieOptions, cfi, writeDebugFrame, writeEhFrame } from '../../../generators/cfi/index.ts';
import { missingTools } from '../../tools/external.ts';
import { assembledSection } from '../../tools/gnu-as.ts';

type Section = '.eh_frame' | '.debug_frame';

/** Our section for one function at address 0, with the section at 0 as well, as in an object file. */
function ours(architecture: ArchitectureName, section: Section, items: readonly Item[], cie: CieOptions): Uint8Array {
  const { functions } = assemble([{ name: 'f', items, cie }], { architecture, textAddress: 0n });
  const context = {
    architecture,
    sectionAddress: 0n,
    textBase: 0n,
    dataBase: 0n,
    addressOf: () => 0n,
    indirect: (target: bigint) => target,
  };
  const write = section === '.eh_frame' ? writeEhFrame : writeDebugFrame;
  return write([functions[0]!.fde!], context).bytes;
}

/**
 * The CIE and FDE of a section in hexadecimal, without length, padding and what a relocation will overwrite: the
 * address, the personality routine and the LSDA.
 */
function entries(bytes: Uint8Array, relocated: readonly [cie: readonly number[], fde: readonly number[]]): string[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  const found: string[] = [];
  for (let offset = 0; found.length < 2; ) {
    const size = view.getUint32(offset, true);
    const body = Array.from(bytes.subarray(offset + 4, offset + 4 + size), (byte) =>
      byte.toString(16).padStart(2, '0'),
    );
    for (const at of relocated[found.length]!) body.fill('..', at, at + 4);
    found.push(body.join('').replace(/(00)+$/, ''));
    offset += 4 + size;
  }
  // The CIE pointer of .eh_frame depends on the CIE's padding.
  found[1] = found[1]!.slice(8);
  return found;
}

const nothing = (size: number) => ({ bytes: new Uint8Array(size) });

const x64Items: readonly Item[] = [
  nothing(1),
  { cfi: cfi.defCfaOffset(16) },
  { cfi: cfi.offset(6, -16) },
  nothing(0x3f),
  { cfi: cfi.defCfaRegister(6) },
  nothing(0x40),
  { cfi: cfi.rememberState() },
  { cfi: cfi.offset(3, -4096) },
  nothing(0xff),
  { cfi: cfi.restore(3) },
  { cfi: cfi.undefined(12) },
  nothing(0x100),
  { cfi: cfi.sameValue(13) },
  { cfi: cfi.register(14, 5) },
  { cfi: cfi.valOffset(7, -8) },
  nothing(0x10000),
  { cfi: cfi.restoreState() },
  { cfi: cfi.defCfa(7, 8) },
  { cfi: cfi.offsetExtendedSf(15, 8) },
  { cfi: cfi.raw(0x2e, 16) },
  nothing(1),
];
const x64Source = [
  ...['.skip 1', '.cfi_def_cfa_offset 16', '.cfi_offset 6, -16', '.skip 0x3f', '.cfi_def_cfa_register 6'],
  ...['.skip 0x40', '.cfi_remember_state', '.cfi_offset 3, -4096', '.skip 0xff', '.cfi_restore 3'],
  ...['.cfi_undefined 12', '.skip 0x100', '.cfi_same_value 13', '.cfi_register 14, 5', '.cfi_val_offset 7, -8'],
  ...['.skip 0x10000', '.cfi_restore_state', '.cfi_def_cfa 7, 8', '.cfi_offset 15, 8', '.cfi_escape 0x2e, 16'],
  '.skip 1',
];
const a64Items: readonly Item[] = [
  nothing(4),
  { cfi: cfi.negateRaState() },
  nothing(4),
  { cfi: cfi.defCfaOffset(96) },
  { cfi: cfi.offset(29, -96) },
  { cfi: cfi.offset(30, -88) },
  nothing(4 * 0x40),
  { cfi: cfi.offsetExtended(72, -80) },
  { cfi: cfi.defCfaRegister(29) },
  nothing(4 * 0x100),
  { cfi: cfi.restore(30) },
  { cfi: cfi.restoreExtended(72) },
  { cfi: cfi.defCfa(31, 0) },
  nothing(4),
];
const a64Source = [
  ...['.skip 4', '.cfi_negate_ra_state', '.skip 4', '.cfi_def_cfa_offset 96', '.cfi_offset 29, -96'],
  ...['.cfi_offset 30, -88', '.skip 0x100', '.cfi_offset 72, -80', '.cfi_def_cfa_register 29', '.skip 0x400'],
  ...['.cfi_restore 30', '.cfi_restore 72', '.cfi_def_cfa 31, 0', '.skip 4'],
];

interface Case {
  readonly name: string;
  readonly architecture: ArchitectureName;
  readonly section: Section;
  readonly items: readonly Item[];
  readonly source: readonly string[];
  readonly cie: CieOptions;
  readonly relocated: readonly [cie: readonly number[], fde: readonly number[]];
}

const x64 = { architecture: 'x86-64', items: x64Items, relocated: [[], [4]] } as const;
const a64 = { architecture: 'aarch64', items: a64Items, relocated: [[], [4]] } as const;
const cases: readonly Case[] = [
  { ...x64, name: 'every directive', section: '.eh_frame', source: x64Source, cie: {} },
  {
    ...x64,
    name: 'a signal frame',
    section: '.eh_frame',
    source: ['.cfi_signal_frame', ...x64Source],
    cie: { signalFrame: true },
  },
  {
    ...x64,
    name: 'personality and LSDA',
    section: '.eh_frame',
    source: ['.cfi_personality 0x9b, p', '.cfi_lsda 0x1b, l', ...x64Source],
    cie: { personality: { encoding: 0x9b, label: 'p' }, lsdaEncoding: 0x1b },
    relocated: [[15], [4, 13]],
  },
  {
    ...x64,
    name: 'another return column',
    section: '.eh_frame',
    source: ['.cfi_return_column 5', ...x64Source],
    cie: { returnColumn: 5, initial: [cfi.defCfa(7, 8), cfi.offset(16, -8)] },
  },
  { ...x64, name: 'every directive', section: '.debug_frame', source: x64Source, cie: { version: 1 } },
  {
    ...x64,
    name: 'a signal frame',
    section: '.debug_frame',
    source: ['.cfi_signal_frame', ...x64Source],
    cie: { version: 1, signalFrame: true },
  },
  { ...a64, name: 'every directive', section: '.eh_frame', source: a64Source, cie: {} },
  {
    ...a64,
    name: 'the B key',
    section: '.eh_frame',
    source: ['.cfi_b_key_frame', ...a64Source],
    cie: { bKey: true },
  },
  {
    ...a64,
    name: 'the B key, of which it says nothing',
    section: '.debug_frame',
    source: ['.cfi_b_key_frame', ...a64Source],
    cie: { version: 1, bKey: true },
  },
];

describe.each([
  { architecture: 'x86-64', tools: ['as', 'objcopy'] },
  { architecture: 'aarch64', tools: ['aarch64-linux-gnu-as', 'aarch64-linux-gnu-objcopy'] },
])('CFI of $architecture against GNU as (needs $tools)', ({ architecture, tools }) => {
  const chosen = cases.filter((one) => one.architecture === architecture);
  const missing = missingTools(...tools);
  test.skipIf(missing.length > 0).each(chosen)(
    '$section: $name',
    ({ section, items, source, cie, relocated, ...one }) => {
      const text = [`.cfi_sections ${section}`, '.text', '.cfi_startproc', ...source, '.cfi_endproc', ''].join('\n');
      const expected = assembledSection(one.architecture, text, section);
      expect(entries(ours(one.architecture, section, items, cie), relocated)).toEqual(entries(expected, relocated));
    },
  );
});
