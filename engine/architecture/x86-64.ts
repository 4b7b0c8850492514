import type { Architecture } from './architecture.ts';

const columnNames = [
  'rax', 'rdx', 'rcx', 'rbx', 'rsi', 'rdi', 'rbp', 'rsp',
  'r8', 'r9', 'r10', 'r11', 'r12', 'r13', 'r14', 'r15', 'rip',
]; // biome-ignore format: one line per eight registers

/** x86-64: columns are the DWARF numbers 0–16 (System V psABI AMD64, figure 3.36). */
export const x86_64: Architecture = {
  name: 'x86-64',
  elfMachine: 62,
  columnCount: columnNames.length,
  columnNames,
  columnToDwarf: columnNames.map((_, column) => column),
  dwarfToColumn: Int8Array.from(columnNames, (_, column) => column),
  pc: 16,
  sp: 7,
  fp: 6,
  link: -1,
  signState: -1,
  calleeSaved: [3, 6, 12, 13, 14, 15],
  general: [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15],
  redZone: 128,
};
