import { checkRange, type Relocation, type RelocationArchitecture, unsupportedType, writeField } from './relocation.ts';

/** System V psABI AMD64, table 4.9 "Relocation Types". */
const types = {
  R_X86_64_NONE: 0,
  R_X86_64_64: 1,
  R_X86_64_PC32: 2,
  R_X86_64_GOT32: 3,
  R_X86_64_PLT32: 4,
  R_X86_64_COPY: 5,
  R_X86_64_GLOB_DAT: 6,
  R_X86_64_JUMP_SLOT: 7,
  R_X86_64_RELATIVE: 8,
  R_X86_64_GOTPCREL: 9,
  R_X86_64_32: 10,
  R_X86_64_32S: 11,
  R_X86_64_16: 12,
  R_X86_64_PC16: 13,
  R_X86_64_8: 14,
  R_X86_64_PC8: 15,
  R_X86_64_DTPMOD64: 16,
  R_X86_64_DTPOFF64: 17,
  R_X86_64_TPOFF64: 18,
  R_X86_64_PC64: 24,
  R_X86_64_GOTOFF64: 25,
  R_X86_64_GOTPC32: 26,
  R_X86_64_GOT64: 27,
  R_X86_64_GOTPCREL64: 28,
  R_X86_64_GOTPC64: 29,
  R_X86_64_PLTOFF64: 31,
  R_X86_64_SIZE32: 32,
  R_X86_64_SIZE64: 33,
  R_X86_64_TLSDESC: 36,
  R_X86_64_IRELATIVE: 37,
  R_X86_64_GOTPCRELX: 41,
  R_X86_64_REX_GOTPCRELX: 42,
} as const;

const slotTypes: readonly number[] = [
  types.R_X86_64_GOT32,
  types.R_X86_64_GOTPCREL,
  types.R_X86_64_GOT64,
  types.R_X86_64_GOTPCREL64,
  types.R_X86_64_GOTPCRELX,
  types.R_X86_64_REX_GOTPCRELX,
];

function writeChecked(relocation: Relocation, bytes: 1 | 2 | 4, value: bigint, signed: boolean): void {
  checkRange(relocation, value, 8 * bytes, signed);
  writeField(relocation, bytes, value);
}

const pcRelative = ({ symbol, addend, place }: Relocation): bigint => symbol + addend - place;
const absolute = ({ symbol, addend }: Relocation): bigint => symbol + addend;
const slotRelative = ({ slot, addend, place }: Relocation): bigint => slot + addend - place;

/** Everything is defined in one file, so a call through the PLT goes straight to its target. */
const writers: Readonly<Record<number, (relocation: Relocation) => void>> = {
  [types.R_X86_64_NONE]: () => {},
  [types.R_X86_64_64]: (r) => writeField(r, 8, absolute(r)),
  [types.R_X86_64_PC32]: (r) => writeChecked(r, 4, pcRelative(r), true),
  [types.R_X86_64_PLT32]: (r) => writeChecked(r, 4, pcRelative(r), true),
  [types.R_X86_64_PC64]: (r) => writeField(r, 8, pcRelative(r)),
  [types.R_X86_64_32]: (r) => writeChecked(r, 4, absolute(r), false),
  [types.R_X86_64_32S]: (r) => writeChecked(r, 4, absolute(r), true),
  [types.R_X86_64_16]: (r) => writeChecked(r, 2, absolute(r), false),
  [types.R_X86_64_PC16]: (r) => writeChecked(r, 2, pcRelative(r), true),
  [types.R_X86_64_8]: (r) => writeChecked(r, 1, absolute(r), false),
  [types.R_X86_64_PC8]: (r) => writeChecked(r, 1, pcRelative(r), true),
  [types.R_X86_64_GOTPCREL]: (r) => writeChecked(r, 4, slotRelative(r), true),
  [types.R_X86_64_GOTPCRELX]: (r) => writeChecked(r, 4, slotRelative(r), true),
  [types.R_X86_64_REX_GOTPCRELX]: (r) => writeChecked(r, 4, slotRelative(r), true),
  [types.R_X86_64_GOTPCREL64]: (r) => writeField(r, 8, slotRelative(r)),
  [types.R_X86_64_GOT32]: (r) => writeChecked(r, 4, r.slot - r.got + r.addend, true),
  [types.R_X86_64_GOT64]: (r) => writeField(r, 8, r.slot - r.got + r.addend),
  [types.R_X86_64_GOTPC32]: (r) => writeChecked(r, 4, r.got + r.addend - r.place, true),
  [types.R_X86_64_GOTPC64]: (r) => writeField(r, 8, r.got + r.addend - r.place),
  [types.R_X86_64_GOTOFF64]: (r) => writeField(r, 8, absolute(r) - r.got),
  [types.R_X86_64_PLTOFF64]: (r) => writeField(r, 8, absolute(r) - r.got),
  [types.R_X86_64_SIZE32]: (r) => writeChecked(r, 4, r.symbolSize + r.addend, false),
  [types.R_X86_64_SIZE64]: (r) => writeField(r, 8, r.symbolSize + r.addend),
};

/** Relocations of x86-64 (System V psABI AMD64, section 4.4). */
export const x86_64Relocations: RelocationArchitecture = {
  types,
  usesSlot: (type) => slotTypes.includes(type),
  apply: (relocation) => (writers[relocation.type] ?? unsupportedType)(relocation),
  dynamic: {
    none: types.R_X86_64_NONE,
    relative: types.R_X86_64_RELATIVE,
    symbolic: [types.R_X86_64_64, types.R_X86_64_GLOB_DAT, types.R_X86_64_JUMP_SLOT],
    irelative: types.R_X86_64_IRELATIVE,
    copy: types.R_X86_64_COPY,
    moduleNumber: types.R_X86_64_DTPMOD64,
    moduleOffset: types.R_X86_64_DTPOFF64,
    threadOffset: types.R_X86_64_TPOFF64,
    descriptor: types.R_X86_64_TLSDESC,
  },
};
