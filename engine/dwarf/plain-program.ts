import type { Architecture } from '../architecture/index.ts';
import { farthest, type PlainRules } from '../cache/plain-rules.ts';
import { CfaKind, RuleKind } from '../row/row.ts';
import { cfaColumnWord, cfaHiWord, cfaKindWord, cfaLoWord, liveColumns, ruleWord, signStateWord } from './cfa-state.ts';
import type { Cie } from './cie.ts';
import * as dw from './constants.ts';

// As constants of this module they are constants in compiled code; imported ones are loaded at each use.
const {
  DW_CFA_advance_loc,
  DW_CFA_advance_loc1,
  DW_CFA_advance_loc2,
  DW_CFA_def_cfa,
  DW_CFA_def_cfa_offset,
  DW_CFA_def_cfa_register,
  DW_CFA_nop,
  DW_CFA_offset,
  DW_CFA_remember_state,
  DW_CFA_restore,
  DW_CFA_restore_state,
} = dw;

/** Columns from here on are out of the ordinary: the live ones are the bits of one number. */
const columns = 32;
/** Deeper nesting and larger operands are so too. */
const deepestStack = 8;
const smallFactor = 0x8000;

/** The usual rules after a CIE's initial instructions: a CFA of register and offset, and registers saved on the stack. */
export interface PlainStart {
  readonly codeAlignment: number;
  readonly dataAlignment: number;
  readonly cfaColumn: number;
  readonly cfaOffset: number;
  /** Bit set of the saved columns, and by column how far from the CFA they are. */
  readonly live: number;
  readonly saved: Int32Array;
}

/** What a CIE starts with, given the state after its initial instructions; undefined where that is not usual. */
export function plainStart({ link, pc }: Architecture, cie: Cie, initial: Uint32Array): PlainStart | undefined {
  const { codeAlignment, smallDataAlignment: dataAlignment, signalFrame, returnColumn } = cie;
  const cfaOffset = initial[cfaLoWord]!;
  if (
    signalFrame ||
    returnColumn !== (link < 0 ? pc : link) ||
    codeAlignment >= smallFactor ||
    dataAlignment === 0 ||
    initial[cfaKindWord] !== CfaKind.registerOffset ||
    initial[cfaHiWord] !== 0 ||
    cfaOffset >= farthest ||
    initial[signStateWord] !== 0 ||
    liveColumns(initial, 1) !== 0
  ) {
    return undefined;
  }
  const live = liveColumns(initial, 0);
  const saved = new Int32Array(columns);
  for (let column = 0; column < columns; column++) {
    if ((live & (1 << column)) === 0) continue;
    const word = ruleWord(column);
    saved[column] = initial[word + 1]!;
    if (initial[word] !== RuleKind.offset || initial[word + 2] !== (saved[column]! >> 31) >>> 0) return undefined;
  }
  return { codeAlignment, dataAlignment, cfaColumn: initial[cfaColumnWord]!, cfaOffset, live, saved };
}

/**
 * Executes the call frame instructions most functions consist of (DWARF 5, section 6.4.2), in a state that is just large
 * enough for them, and gives up at any other one: then `CfaMachine` says what it means. It never says anything else than
 * that would.
 */
export class PlainProgram {
  readonly #bytes: Uint8Array;
  readonly #dwarfToColumn: Int8Array;
  /** By column, how far from the CFA a live one is saved; remembered states lie behind. */
  readonly #saved = new Int32Array(columns * (1 + deepestStack));
  /** Live columns, column and offset of the CFA of each remembered state. */
  readonly #remembered = new Int32Array(3 * deepestStack);

  constructor(architecture: Architecture, bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#dwarfToColumn = architecture.dwarfToColumn;
  }

  /**
   * Executes the instructions of a function, which lie at `from` to `to`, up to the row that holds `distance` bytes (below
   * 2^31) behind its start, and writes that as executable rules; false where there is anything out of the ordinary.
   */
  run(start: PlainStart, from: number, to: number, distance: number, rules: PlainRules): boolean {
    const bytes = this.#bytes;
    const saved = this.#saved;
    const dwarfToColumn = this.#dwarfToColumn;
    const { codeAlignment, dataAlignment } = start;
    let { cfaColumn, cfaOffset, live } = start;
    let location = 0;
    let position = from;
    let depth = 0;
    copy(start.saved, 0, saved, 0, live);
    while (position < to) {
      const opcode = bytes[position++]!;
      let advance: number;
      if (opcode >= DW_CFA_advance_loc) {
        const operand = opcode & 0x3f;
        if (opcode < DW_CFA_offset) advance = operand;
        else {
          if (operand >= dwarfToColumn.length) return false;
          const column = dwarfToColumn[operand]!;
          if (column >>> 0 >= columns) return false;
          if (opcode < DW_CFA_restore) {
            const factored = bytes[position++]!;
            if (factored >= 0x80) return false;
            saved[column] = factored * dataAlignment;
            live |= 1 << column;
          } else {
            saved[column] = start.saved[column]!;
            live = (live & ~(1 << column)) | (start.live & (1 << column));
          }
          continue;
        }
      } else if (opcode === DW_CFA_def_cfa_offset) {
        cfaOffset = bytes[position++]!;
        if (cfaOffset >= 0x80) {
          const second = bytes[position++]!;
          if (second >= 0x80) return false;
          cfaOffset = (cfaOffset & 0x7f) | (second << 7);
        }
        continue;
      } else if (opcode === DW_CFA_advance_loc1) advance = bytes[position++]!;
      else if (opcode === DW_CFA_nop) continue;
      else if (opcode === DW_CFA_advance_loc2) {
        advance = bytes[position]! | (bytes[position + 1]! << 8);
        position += 2;
      } else if (opcode === DW_CFA_def_cfa_register || opcode === DW_CFA_def_cfa) {
        const register = bytes[position++]!;
        if (register >= dwarfToColumn.length) return false;
        cfaColumn = dwarfToColumn[register]!;
        if (cfaColumn < 0) return false;
        if (opcode === DW_CFA_def_cfa) {
          cfaOffset = bytes[position++]!;
          if (cfaOffset >= 0x80) return false;
        }
        continue;
      } else if (opcode === DW_CFA_remember_state) {
        if (depth === deepestStack) return false;
        const remembered = this.#remembered;
        remembered[3 * depth] = live;
        remembered[3 * depth + 1] = cfaColumn;
        remembered[3 * depth + 2] = cfaOffset;
        copy(saved, 0, saved, columns * ++depth, live);
        continue;
      } else if (opcode === DW_CFA_restore_state) {
        if (depth === 0) return false;
        const remembered = this.#remembered;
        live = remembered[3 * depth - 3]!;
        cfaColumn = remembered[3 * depth - 2]!;
        cfaOffset = remembered[3 * depth - 1]!;
        copy(saved, columns * depth--, saved, 0, live);
        continue;
      } else return false;
      location += advance * codeAlignment;
      if (location > distance) break;
    }
    // Otherwise the last operand was cut off.
    return position <= to && rules.write(cfaColumn, cfaOffset, live, saved);
  }
}

/** Copies what is known of live columns. */
function copy(from: Int32Array, fromIndex: number, to: Int32Array, toIndex: number, live: number): void {
  for (let rest = live; rest !== 0; rest &= rest - 1) {
    const column = 31 - Math.clz32(rest & -rest);
    to[toIndex + column] = from[fromIndex + column]!;
  }
}
