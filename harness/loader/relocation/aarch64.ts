import { UnwindError } from '../../../engine/index.ts';
import {
  checkField,
  checkRange,
  type Relocation,
  type RelocationArchitecture,
  unsupportedType,
  writeField,
} from './relocation.ts';

/** ELF for the Arm 64-bit Architecture (aaelf64), section "Relocation". */
const types = {
  R_AARCH64_NONE: 0,
  R_AARCH64_ABS64: 257,
  R_AARCH64_ABS32: 258,
  R_AARCH64_ABS16: 259,
  R_AARCH64_PREL64: 260,
  R_AARCH64_PREL32: 261,
  R_AARCH64_PREL16: 262,
  R_AARCH64_MOVW_UABS_G0: 263,
  R_AARCH64_MOVW_UABS_G0_NC: 264,
  R_AARCH64_MOVW_UABS_G1: 265,
  R_AARCH64_MOVW_UABS_G1_NC: 266,
  R_AARCH64_MOVW_UABS_G2: 267,
  R_AARCH64_MOVW_UABS_G2_NC: 268,
  R_AARCH64_MOVW_UABS_G3: 269,
  R_AARCH64_LD_PREL_LO19: 273,
  R_AARCH64_ADR_PREL_LO21: 274,
  R_AARCH64_ADR_PREL_PG_HI21: 275,
  R_AARCH64_ADR_PREL_PG_HI21_NC: 276,
  R_AARCH64_ADD_ABS_LO12_NC: 277,
  R_AARCH64_LDST8_ABS_LO12_NC: 278,
  R_AARCH64_TSTBR14: 279,
  R_AARCH64_CONDBR19: 280,
  R_AARCH64_JUMP26: 282,
  R_AARCH64_CALL26: 283,
  R_AARCH64_LDST16_ABS_LO12_NC: 284,
  R_AARCH64_LDST32_ABS_LO12_NC: 285,
  R_AARCH64_LDST64_ABS_LO12_NC: 286,
  R_AARCH64_LDST128_ABS_LO12_NC: 299,
  R_AARCH64_GOT_LD_PREL19: 309,
  R_AARCH64_ADR_GOT_PAGE: 311,
  R_AARCH64_LD64_GOT_LO12_NC: 312,
  R_AARCH64_LD64_GOTPAGE_LO15: 313,
  R_AARCH64_PLT32: 314,
  R_AARCH64_COPY: 1024,
  R_AARCH64_GLOB_DAT: 1025,
  R_AARCH64_JUMP_SLOT: 1026,
  R_AARCH64_RELATIVE: 1027,
  R_AARCH64_TLS_DTPMOD: 1028,
  R_AARCH64_TLS_DTPREL: 1029,
  R_AARCH64_TLS_TPREL: 1030,
  R_AARCH64_TLSDESC: 1031,
  R_AARCH64_IRELATIVE: 1032,
} as const;

const slotTypes: readonly number[] = [
  types.R_AARCH64_GOT_LD_PREL19,
  types.R_AARCH64_ADR_GOT_PAGE,
  types.R_AARCH64_LD64_GOT_LO12_NC,
  types.R_AARCH64_LD64_GOTPAGE_LO15,
];

const nop = 0xd503201fn;

const page = (address: bigint): bigint => address & ~0xfffn;

/** Replaces `width` bits of the instruction from bit `lowest` on. */
function insert(relocation: Relocation, lowest: number, width: number, value: bigint): void {
  checkField(relocation, 4);
  const mask = (2 ** width - 1) * 2 ** lowest;
  const word = relocation.view.getUint32(relocation.offset, true);
  const field = Number(BigInt.asUintN(width, value)) * 2 ** lowest;
  relocation.view.setUint32(relocation.offset, ((word & ~mask) | field) >>> 0, true);
}

/** A distance in words, in `width` bits of the instruction from bit `lowest` on. */
function branch(relocation: Relocation, lowest: number, width: number, distance: bigint): void {
  if ((distance & 3n) !== 0n) misaligned(relocation, distance, 4);
  checkRange(relocation, distance, width + 2, true);
  insert(relocation, lowest, width, distance >> 2n);
}

/** `ADR` and `ADRP`: the two low bits of the immediate are bits 29–30, the others bits 5–23. */
function adr(relocation: Relocation, immediate: bigint): void {
  insert(relocation, 29, 2, immediate & 3n);
  insert(relocation, 5, 19, immediate >> 2n);
}

/** The 12-bit immediate of a load or store of `2 ** scale` bytes. */
function low12(relocation: Relocation, value: bigint, scale: number): void {
  const low = value & 0xfffn;
  if ((low & ((1n << BigInt(scale)) - 1n)) !== 0n) misaligned(relocation, value, 2 ** scale);
  insert(relocation, 10, 12, low >> BigInt(scale));
}

function misaligned(relocation: Relocation, value: bigint, alignment: number): never {
  throw new UnwindError(
    'invalid',
    relocation.section,
    relocation.offset,
    `the value of relocation type ${relocation.type}, ${value}, must be a multiple of ${alignment}`,
  );
}

/** Group `group` of 16 bits of an absolute address, in the immediate of MOVZ or MOVK. */
function moveWide(relocation: Relocation, group: number, checked: boolean): void {
  const value = BigInt.asUintN(64, relocation.symbol + relocation.addend);
  if (checked) checkRange(relocation, value, 16 * (group + 1), false);
  insert(relocation, 5, 16, value >> BigInt(16 * group));
}

/** A branch to an undefined weak symbol goes to the next instruction (aaelf64, "Weak references"). */
function branchDistance(relocation: Relocation): bigint {
  return relocation.weakUndefined ? 4n : pcRelative(relocation);
}

/** `B` and `BL`; to an undefined weak symbol, a NOP, so that a call does not change x30 either. */
function call(relocation: Relocation): void {
  if (relocation.weakUndefined) writeField(relocation, 4, nop);
  else branch(relocation, 0, 26, pcRelative(relocation));
}

function data(relocation: Relocation, bytes: 2 | 4, value: bigint): void {
  // The specification allows both readings of a data field, -2^(n-1) <= X < 2^n.
  checkRange(relocation, value, 8 * bytes + (value < 0n ? 0 : 1), true);
  writeField(relocation, bytes, value);
}

/** `ADRP`: the distance between two pages, in pages. */
function pageDistance(relocation: Relocation, target: bigint, checked: boolean): void {
  const distance = page(target) - page(relocation.place);
  if (checked) checkRange(relocation, distance, 33, true);
  adr(relocation, distance >> 12n);
}

function byteDistance(relocation: Relocation): void {
  checkRange(relocation, pcRelative(relocation), 21, true);
  adr(relocation, pcRelative(relocation));
}

function slotInPages(relocation: Relocation): void {
  const distance = relocation.slot - page(relocation.got);
  checkRange(relocation, distance, 15, false);
  insert(relocation, 10, 12, distance >> 3n);
}

const pcRelative = ({ symbol, addend, place }: Relocation): bigint => symbol + addend - place;
const absolute = ({ symbol, addend }: Relocation): bigint => symbol + addend;

const writers: Readonly<Record<number, (relocation: Relocation) => void>> = {
  [types.R_AARCH64_NONE]: () => {},
  [types.R_AARCH64_ABS64]: (r) => writeField(r, 8, absolute(r)),
  [types.R_AARCH64_ABS32]: (r) => data(r, 4, absolute(r)),
  [types.R_AARCH64_ABS16]: (r) => data(r, 2, absolute(r)),
  [types.R_AARCH64_PREL64]: (r) => writeField(r, 8, pcRelative(r)),
  [types.R_AARCH64_PREL32]: (r) => data(r, 4, pcRelative(r)),
  [types.R_AARCH64_PREL16]: (r) => data(r, 2, pcRelative(r)),
  [types.R_AARCH64_PLT32]: (r) => data(r, 4, branchDistance(r)),
  [types.R_AARCH64_MOVW_UABS_G0]: (r) => moveWide(r, 0, true),
  [types.R_AARCH64_MOVW_UABS_G0_NC]: (r) => moveWide(r, 0, false),
  [types.R_AARCH64_MOVW_UABS_G1]: (r) => moveWide(r, 1, true),
  [types.R_AARCH64_MOVW_UABS_G1_NC]: (r) => moveWide(r, 1, false),
  [types.R_AARCH64_MOVW_UABS_G2]: (r) => moveWide(r, 2, true),
  [types.R_AARCH64_MOVW_UABS_G2_NC]: (r) => moveWide(r, 2, false),
  [types.R_AARCH64_MOVW_UABS_G3]: (r) => moveWide(r, 3, false),
  [types.R_AARCH64_LD_PREL_LO19]: (r) => branch(r, 5, 19, pcRelative(r)),
  [types.R_AARCH64_ADR_PREL_LO21]: byteDistance,
  [types.R_AARCH64_ADR_PREL_PG_HI21]: (r) => pageDistance(r, absolute(r), true),
  [types.R_AARCH64_ADR_PREL_PG_HI21_NC]: (r) => pageDistance(r, absolute(r), false),
  [types.R_AARCH64_ADD_ABS_LO12_NC]: (r) => low12(r, absolute(r), 0),
  [types.R_AARCH64_LDST8_ABS_LO12_NC]: (r) => low12(r, absolute(r), 0),
  [types.R_AARCH64_LDST16_ABS_LO12_NC]: (r) => low12(r, absolute(r), 1),
  [types.R_AARCH64_LDST32_ABS_LO12_NC]: (r) => low12(r, absolute(r), 2),
  [types.R_AARCH64_LDST64_ABS_LO12_NC]: (r) => low12(r, absolute(r), 3),
  [types.R_AARCH64_LDST128_ABS_LO12_NC]: (r) => low12(r, absolute(r), 4),
  [types.R_AARCH64_TSTBR14]: (r) => branch(r, 5, 14, branchDistance(r)),
  [types.R_AARCH64_CONDBR19]: (r) => branch(r, 5, 19, branchDistance(r)),
  [types.R_AARCH64_JUMP26]: call,
  [types.R_AARCH64_CALL26]: call,
  [types.R_AARCH64_GOT_LD_PREL19]: (r) => branch(r, 5, 19, r.slot - r.place),
  [types.R_AARCH64_ADR_GOT_PAGE]: (r) => pageDistance(r, r.slot, true),
  [types.R_AARCH64_LD64_GOT_LO12_NC]: (r) => low12(r, r.slot, 3),
  [types.R_AARCH64_LD64_GOTPAGE_LO15]: slotInPages,
};

function apply(relocation: Relocation): void {
  if (slotTypes.includes(relocation.type) && relocation.addend !== 0n) {
    // The slot would have to hold the sum, a slot for each addend; compilers do not ask for it.
    const expectation = `relocation type ${relocation.type} must have no addend, not ${relocation.addend}`;
    throw new UnwindError('unsupported', relocation.section, relocation.offset, expectation);
  }
  (writers[relocation.type] ?? unsupportedType)(relocation);
}

/** Relocations of AArch64 (aaelf64, section "Relocation"). */
export const aarch64Relocations: RelocationArchitecture = {
  types,
  usesSlot: (type) => slotTypes.includes(type),
  apply,
  dynamic: {
    none: types.R_AARCH64_NONE,
    relative: types.R_AARCH64_RELATIVE,
    symbolic: [types.R_AARCH64_ABS64, types.R_AARCH64_GLOB_DAT, types.R_AARCH64_JUMP_SLOT],
    irelative: types.R_AARCH64_IRELATIVE,
    copy: types.R_AARCH64_COPY,
    moduleNumber: types.R_AARCH64_TLS_DTPMOD,
    moduleOffset: types.R_AARCH64_TLS_DTPREL,
    threadOffset: types.R_AARCH64_TLS_TPREL,
    descriptor: types.R_AARCH64_TLSDESC,
  },
};
