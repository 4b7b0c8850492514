/** The two architectures Plumbline knows, by the names used everywhere (command line, records, file names). */
export type ArchitectureName = 'x86-64' | 'aarch64';

/**
 * The registers of one architecture, as the engine and the generators share them.
 *
 * A register file is one `Uint32Array` of `2 * columnCount` elements: column `c` holds the low half of its 64-bit
 * value at `2 * c` and the high half at `2 * c + 1`. DWARF register numbers are mapped onto these dense columns.
 */
export interface Architecture {
  readonly name: ArchitectureName;
  /** `e_machine` of ELF files of this architecture. */
  readonly elfMachine: number;
  /** Number of columns of a register file. */
  readonly columnCount: number;
  /** Column → register name as an assembler writes it. */
  readonly columnNames: readonly string[];
  /** Column → DWARF register number. */
  readonly columnToDwarf: readonly number[];
  /** DWARF register number → column, -1 where the register is not tracked; numbers past the end are not tracked. */
  readonly dwarfToColumn: Int8Array;
  /** Column of the program counter. On x86-64 it is also the return-address column of the CFI (DWARF 16). */
  readonly pc: number;
  readonly sp: number;
  /** Column of the frame pointer. */
  readonly fp: number;
  /** Column that holds the return address at a function's entry (x30), or -1 where the call pushes it. */
  readonly link: number;
  /** Column of `RA_SIGN_STATE` (DWARF 34 on AArch64), or -1. */
  readonly signState: number;
  /** Columns the ABI obliges a callee to preserve, without SP and PC. */
  readonly calleeSaved: readonly number[];
  /** The general-purpose columns (without PC and pseudo registers, with SP). */
  readonly general: readonly number[];
  /** Bytes below SP that belong to the running function. */
  readonly redZone: number;
}
