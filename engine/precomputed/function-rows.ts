import type { RuleSets } from '../cache/rule-sets.ts';
import type { CfaMachine } from '../dwarf/cfa-program.ts';
import type { Cie } from '../dwarf/cie.ts';
import * as dw from '../dwarf/constants.ts';
import { Fde } from '../dwarf/fde.ts';
import type { FrameSection } from '../dwarf/frame-section.ts';
import { UnwindError } from '../errors.ts';
import { CfaKind, Row } from '../row/row.ts';
import { askSection, mostOffset, mostRules, RowStates, stateOf } from './row-states.ts';
import { TripleMap } from './triple-map.ts';

// As constants of this module they are constants in compiled code; imported ones are loaded at each use.
const {
  DW_CFA_AARCH64_negate_ra_state,
  DW_CFA_advance_loc,
  DW_CFA_advance_loc1,
  DW_CFA_advance_loc2,
  DW_CFA_advance_loc4,
  DW_CFA_def_cfa,
  DW_CFA_def_cfa_offset,
  DW_CFA_def_cfa_register,
  DW_CFA_nop,
  DW_CFA_offset,
  DW_CFA_offset_extended,
  DW_CFA_remember_state,
  DW_CFA_restore,
  DW_CFA_restore_state,
} = dw;

/** Deeper nesting and larger operands are out of the ordinary. */
const deepestStack = 32;
const smallOperand = 0x80;
/** Bytes of instructions the machine may be asked about, beyond so many for each byte of the section. */
const fewestAsked = 0x1_0000;
const askedPerByte = 4;

/** What holds after a CIE's initial instructions. */
interface CieStart {
  /** Distinguishes what instructions do: their factors and initial rules differ. */
  readonly ordinal: number;
  readonly codeAlignment: number;
  readonly rules: number;
  readonly cfaColumn: number;
  readonly cfaOffset: number;
}

/**
 * Evaluates call frame programs from end to end. As a library has a few dozen combinations of register rules, the
 * machine is asked only once what an instruction makes of one; the CFA, which changes more often, is kept as two
 * numbers. A function with anything out of the ordinary is left to the machine.
 */
export class FunctionRows {
  /** Number of rows. */
  count = 0;
  /** Where each row begins, counted from the section's address. */
  starts: Int32Array<ArrayBuffer>;
  /** What each row says, see `RowStates`. */
  states: Int32Array<ArrayBuffer>;
  readonly rowStates: RowStates;
  readonly #section: FrameSection;
  readonly #machine: CfaMachine;
  /** By rules, instruction and ordinal of the CIE: the rules after it. */
  readonly #steps = new TripleMap(16);
  readonly #cies = new Map<Cie, CieStart | undefined>();
  /** Bytes it may still be asked about: each time it starts at the function's first, which crafted functions exploit. */
  #allowance: number;
  /** What is at hand: offset of the FDE, its CIE and what that starts with. */
  #offset = 0;
  #cie: Cie | undefined;
  #initial: CieStart | undefined;
  /** What `#execute` changes: the rules, the CFA, how far to advance. */
  #rules = 0;
  #cfaColumn = 0;
  #cfaOffset = 0;
  #distance = 0;
  readonly #stack = new Int32Array(3 * deepestStack);
  #depth = 0;
  readonly #fde = new Fde();
  readonly #row: Row;

  constructor(section: FrameSection, sets: RuleSets) {
    this.#section = section;
    this.#machine = section.createMachine();
    this.rowStates = new RowStates(section.architecture, sets);
    this.#row = new Row(section.architecture.columnCount);
    this.#allowance = askedPerByte * section.section.bytes.length + fewestAsked;
    // About twice as many as compilers make; memory that is not written to costs nothing.
    const expected = (section.section.bytes.length >>> 2) + 16;
    this.starts = new Int32Array(expected);
    this.states = new Int32Array(expected);
  }

  /**
   * Adds the rows of the FDE at an offset: its instructions lie at `from` to `to`, it covers the addresses `start` to
   * `end`, counted from the section's address. A function whose rows cannot be told is one row, `askSection`.
   */
  add(offset: number, cie: Cie, from: number, to: number, start: number, end: number): void {
    if (this.count + (to - from) + 2 > this.starts.length) this.#grow(to - from);
    this.#offset = offset;
    if (cie !== this.#cie) this.#enter(cie);
    const initial = this.#initial;
    if (initial === undefined || !this.#evaluate(initial, from, to, start, end)) this.#leaveToMachine(start);
  }

  /** Executes the instructions of a function; false where one is out of the ordinary. */
  #evaluate(initial: CieStart, from: number, to: number, start: number, end: number): boolean {
    const { bytes } = this.#section.section;
    const { starts, states } = this;
    const { codeAlignment } = initial;
    let { rules, cfaColumn, cfaOffset } = initial;
    let count = this.count;
    let location = start;
    let position = from;
    this.#depth = 0;
    // Only the instructions most functions consist of, without a call for each row: so that it is fast from the first
    // functions on.
    while (position < to) {
      const opcode = bytes[position++]!;
      let distance: number;
      if (opcode >= DW_CFA_advance_loc && opcode < DW_CFA_offset) distance = opcode & 0x3f;
      else if (opcode === DW_CFA_nop) continue;
      else if (opcode === DW_CFA_def_cfa_offset && bytes[position]! < 0x80) {
        cfaOffset = bytes[position++]!;
        continue;
      } else if (opcode === DW_CFA_advance_loc1) distance = bytes[position++]!;
      else if (opcode >= DW_CFA_offset && opcode < DW_CFA_restore) {
        const operand = bytes[position++]!;
        if (operand >= smallOperand || position > to) return false;
        rules = this.#step(rules, opcode | (operand << 8), position);
        if (rules < 0) return false;
        continue;
      } else {
        this.#rules = rules;
        this.#cfaColumn = cfaColumn;
        this.#cfaOffset = cfaOffset;
        position = this.#execute(opcode, position, to);
        if (position < 0) return false;
        rules = this.#rules;
        cfaColumn = this.#cfaColumn;
        cfaOffset = this.#cfaOffset;
        distance = this.#distance;
      }
      if (distance === 0) continue;
      starts[count] = location;
      states[count++] = stateOf(rules, cfaColumn, cfaOffset);
      location += distance * codeAlignment;
      if (location >= end) break;
      // What nearly always follows.
      if (position + 1 < to && bytes[position] === DW_CFA_def_cfa_offset && bytes[position + 1]! < 0x80) {
        cfaOffset = bytes[position + 1]!;
        position += 2;
      }
    }
    // The last operand was cut off. What stands behind a function's end does not matter, but neither is it usual.
    if (position > to) return false;
    if (location < end) {
      starts[count] = location;
      states[count++] = stateOf(rules, cfaColumn, cfaOffset);
    }
    this.count = count;
    return true;
  }

  /**
   * Executes an instruction whose operands start at `position`; returns where the next one starts, or -1 where it is out
   * of the ordinary.
   */
  #execute(opcode: number, position: number, to: number): number {
    const { bytes } = this.#section.section;
    this.#distance = 0;
    if (opcode >= DW_CFA_restore) return this.#change(opcode, position);
    const first = bytes[position]!;
    const second = bytes[position + 1]!;
    switch (opcode) {
      case DW_CFA_advance_loc2:
        this.#distance = first | (second << 8);
        return position + 2;
      case DW_CFA_advance_loc4:
        this.#distance = (first | (second << 8) | (bytes[position + 2]! << 16) | (bytes[position + 3]! << 24)) >>> 0;
        return position + 4;
      case DW_CFA_def_cfa_offset:
        if (second >= 0x80) return -1;
        this.#cfaOffset = (first & 0x7f) | (second << 7);
        return position + 2;
      case DW_CFA_def_cfa:
        if (second >= 0x80) return -1;
        this.#cfaOffset = second;
        return this.#setCfaRegister(first) ? position + 2 : -1;
      case DW_CFA_def_cfa_register:
        return this.#setCfaRegister(first) ? position + 1 : -1;
      case DW_CFA_remember_state: {
        const depth = this.#depth++;
        if (depth === deepestStack) return -1;
        this.#stack.set([this.#rules, this.#cfaColumn, this.#cfaOffset], 3 * depth);
        return position;
      }
      case DW_CFA_restore_state: {
        if (this.#depth === 0) return -1;
        const word = 3 * --this.#depth;
        this.#rules = this.#stack[word]!;
        this.#cfaColumn = this.#stack[word + 1]!;
        this.#cfaOffset = this.#stack[word + 2]!;
        return position;
      }
      case DW_CFA_offset_extended:
        if (first >= smallOperand || second >= smallOperand || position + 2 > to) return -1;
        return this.#change(opcode | (second << 8) | (first << 15), position + 2);
      case DW_CFA_AARCH64_negate_ra_state:
        return this.#change(opcode, position);
      default:
        return -1;
    }
  }

  #setCfaRegister(register: number): boolean {
    const columns = this.#section.architecture.dwarfToColumn;
    this.#cfaColumn = register < 0x80 && register < columns.length ? columns[register]! : -1;
    return this.#cfaColumn >= 0;
  }

  /** Changes the rules as an instruction does, and returns where it ends, which is `position`; -1 for an error. */
  #change(instruction: number, position: number): number {
    this.#rules = this.#step(this.#rules, instruction, position);
    return this.#rules < 0 ? -1 : position;
  }

  /**
   * The rules after an instruction, given with its operands behind its opcode, that ends at `position`; -1 where it is
   * an error.
   */
  #step(rules: number, instruction: number, position: number): number {
    const { ordinal } = this.#initial!;
    const known = this.#steps.get(rules, instruction, ordinal);
    if (known >= 0) return known;
    this.#allowance -= position - this.#offset;
    if (this.#allowance < 0) return -1;
    const row = this.#rowBefore(position);
    if (row === undefined) return -1;
    const next = this.rowStates.rulesOf(row);
    if (next >= mostRules) return -1;
    this.#steps.add(rules, instruction, ordinal, next);
    return next;
  }

  /** Makes a CIE the one at hand. */
  #enter(cie: Cie): void {
    this.#cie = cie;
    this.#initial = this.#cies.get(cie);
    if (this.#cies.has(cie)) return;
    this.#initial = this.#startOf(cie, this.#cies.size);
    this.#cies.set(cie, this.#initial);
  }

  /** What a CIE starts with; undefined where that is an error or out of the ordinary. */
  #startOf({ codeAlignment }: Cie, ordinal: number): CieStart | undefined {
    const row = this.#rowBefore(undefined);
    if (row === undefined) return undefined;
    const { cfaKind, cfaColumn, cfaLo, cfaHi } = row;
    if (cfaKind !== CfaKind.registerOffset || cfaHi !== 0 || cfaLo >= mostOffset || row.argsSize !== 0)
      return undefined;
    const rules = this.rowStates.rulesOf(row);
    return rules < mostRules ? { ordinal, codeAlignment, rules, cfaColumn, cfaOffset: cfaLo } : undefined;
  }

  /**
   * The row after the instructions of the FDE at hand before a position, or before them all, whatever addresses it
   * covers; undefined where there is an error.
   */
  #rowBefore(position: number | undefined): Row | undefined {
    const fde = this.#fde;
    try {
      this.#section.readFde(this.#offset, fde);
      fde.instructionsEnd = position ?? fde.instructionsStart;
      fde.endLo = 0xffffffff;
      fde.endHi = 0xffffffff;
      this.#start();
      this.#machine.runTo(0xffffffff, 0xffffffff);
      this.#machine.fill(this.#row);
      return this.#row;
    } catch (error) {
      if (!(error instanceof UnwindError)) throw error;
      return undefined;
    }
  }

  #leaveToMachine(start: number): void {
    const before = this.count;
    const fde = this.#fde;
    const row = this.#row;
    try {
      this.#section.readFde(this.#offset, fde);
      this.#start();
      while (this.#machine.runToNext()) {
        this.#machine.fill(row);
        this.#push(
          start + (row.startLo - fde.startLo) + (row.startHi - fde.startHi) * 2 ** 32,
          this.rowStates.stateOfRow(row),
        );
      }
    } catch (error) {
      if (!(error instanceof UnwindError)) throw error;
      this.count = before;
      this.#push(start, askSection);
    }
  }

  /** Sets the machine to the start of the FDE that was read. */
  #start(): void {
    const cie = this.#fde.cie!;
    this.#machine.start(this.#fde, cie, this.#section.initialState(cie));
  }

  /** Makes room for the rows of so many bytes of instructions. */
  #grow(bytes: number): void {
    const length = 2 * this.starts.length + bytes + 2;
    this.starts = larger(this.starts, length);
    this.states = larger(this.states, length);
  }

  #push(start: number, state: number): void {
    const index = this.count++;
    this.starts[index] = start;
    this.states[index] = state;
  }
}

function larger(words: Int32Array, length: number): Int32Array<ArrayBuffer> {
  const copy = new Int32Array(length);
  copy.set(words);
  return copy;
}
