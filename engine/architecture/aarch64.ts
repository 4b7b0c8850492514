import type { Architecture } from './architecture.ts';

const generalNames = Array.from({ length: 31 }, (_, i) => `x${i}`);
const columnNames = [...generalNames, 'sp', 'pc', 'ra_sign_state', ...Array.from({ length: 8 }, (_, i) => `d${i + 8}`)];
const columnToDwarf = columnNames.map((_, column) => (column < 33 ? column : column === 33 ? 34 : column - 34 + 72));

/** GCC's `DWARF_ALT_FRAME_RETURN_COLUMN` of AArch64: signal frames name the interrupted PC with it. */
const alternateReturnColumn = 96;

function dwarfToColumn(): Int8Array {
  const map = new Int8Array(alternateReturnColumn + 1).fill(-1);
  columnToDwarf.forEach((dwarf, column) => {
    map[dwarf] = column;
  });
  map[alternateReturnColumn] = 32;
  return map;
}

/**
 * AArch64: x0–x30 (0–30), SP (31), PC (32), RA_SIGN_STATE (DWARF 34) and d8–d15 (the low halves of DWARF 72–79), see
 * aadwarf64, section "DWARF register names". Other vector registers are not tracked: no callee preserves them.
 */
export const aarch64: Architecture = {
  name: 'aarch64',
  elfMachine: 183,
  columnCount: columnNames.length,
  columnNames,
  columnToDwarf,
  dwarfToColumn: dwarfToColumn(),
  pc: 32,
  sp: 31,
  fp: 29,
  link: 30,
  signState: 33,
  calleeSaved: [19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 34, 35, 36, 37, 38, 39, 40, 41],
  general: Array.from({ length: 32 }, (_, i) => i),
  redZone: 0,
};
