import type { Architecture } from '../architecture/index.ts';
import { UnwindError } from '../errors.ts';
import { CfaKind, type Row, RuleKind } from '../row/row.ts';
import type { ByteReader } from './byte-reader.ts';
import {
  cfaColumnWord,
  cfaHiWord,
  cfaKindWord,
  cfaLoWord,
  cfaUntracked,
  copyRule,
  copyState,
  emptyState,
  fillRules,
  setRule,
  signStateWord,
} from './cfa-state.ts';
import type { Cie } from './cie.ts';
import * as dw from './constants.ts';
import type { Fde } from './fde.ts';
import { LocationCounter } from './location-counter.ts';
import { multiply64, product } from './multiply.ts';
import { EncodedPointer, type PointerBases, readEncodedPointer } from './pointer-encoding.ts';
import { changeSignState } from './sign-state.ts';

/** Compilers nest one or two levels; the limit keeps a crafted section from using up memory. */
const deepestStack = 1024;

/** Products of two numbers below this fit 31 bits. */
const smallFactor = 0x8000;

/**
 * Executes call frame instructions (DWARF 5, section 6.4.2). One machine serves any number of FDEs of its section, one
 * at a time; starting one and running it to a row allocates nothing.
 */
export class CfaMachine {
  readonly #architecture: Architecture;
  readonly #reader: ByteReader;
  readonly #bases: PointerBases;
  readonly #state: Uint32Array;
  /** Remembered states, kept for reuse; the first `#depth` are in use. */
  readonly #stack: Uint32Array[] = [];
  #depth = 0;
  #cie: Cie | undefined;
  /** The state after the CIE's instructions; undefined while these run. */
  #initial: Uint32Array | undefined;
  #argsSize = 0;
  readonly #location = new LocationCounter();
  readonly #pointer = new EncodedPointer();

  constructor(architecture: Architecture, reader: ByteReader, bases: PointerBases) {
    this.#architecture = architecture;
    this.#reader = reader;
    this.#bases = bases;
    this.#state = emptyState(architecture.columnCount);
  }

  /** The rules after a CIE's initial instructions. */
  evaluateInitial(cie: Cie): Uint32Array {
    this.#cie = cie;
    this.#initial = undefined;
    this.#depth = 0;
    copyState(emptyState(this.#architecture.columnCount), this.#state);
    this.#reader.window(cie.instructionsStart, cie.instructionsEnd);
    this.#run(0, 0);
    return this.#state.slice();
  }

  /** Goes to the start of an FDE, without a row yet. */
  start(fde: Fde, cie: Cie, initial: Uint32Array): void {
    this.#cie = cie;
    this.#initial = initial;
    this.#depth = 0;
    this.#argsSize = 0;
    copyState(initial, this.#state);
    this.#location.start(fde);
    this.#reader.window(fde.instructionsStart, fde.instructionsEnd);
  }

  /** Executes what belongs to the row that holds at an address in the FDE, not before the row at hand. */
  runTo(lo: number, hi: number): void {
    this.#location.enterNext();
    this.#run(lo, hi);
  }

  /** Goes to the next row; false where there is none. Rows of no length are passed over. */
  runToNext(): boolean {
    const location = this.#location;
    if (!location.hasNext) return false;
    this.runTo(location.nextLo, location.nextHi);
    return true;
  }

  /** Writes the row at hand. Throws `unsupported` where its CFA is based on a register that is not tracked. */
  fill(row: Row): void {
    const cie = this.#cie!;
    const state = this.#state;
    const location = this.#location;
    if (state[cfaKindWord] === cfaUntracked) {
      const expectation = `expected a CFA based on a register of ${this.#architecture.name}, found ${state[cfaColumnWord]}`;
      throw this.#unsupported(this.#reader.position, expectation);
    }
    row.startLo = location.rowLo;
    row.startHi = location.rowHi;
    row.endLo = location.nextLo;
    row.endHi = location.nextHi;
    row.functionLo = location.function.lo;
    row.functionHi = location.function.hi;
    fillRules(state, row);
    row.bytes = this.#reader.bytes;
    row.section = this.#reader.section;
    row.returnColumn = cie.returnColumn;
    row.signalFrame = cie.signalFrame;
    row.bKey = cie.bKey;
    row.argsSize = this.#argsSize;
  }

  /** Executes until the location would go past an address, or to the end. */
  #run(lo: number, hi: number): void {
    const reader = this.#reader;
    const location = this.#location;
    const { bytes, end } = reader;
    while (reader.position < end) {
      const offset = reader.position;
      const opcode = bytes[offset]!;
      reader.position = offset + 1;
      const operand = opcode & 0x3f;
      if (opcode < dw.DW_CFA_advance_loc) {
        if (this.#extended(opcode, offset) && location.isPast(lo, hi)) return;
      } else if (opcode < dw.DW_CFA_offset) {
        if (this.#advance(operand, 0, offset) && location.isPast(lo, hi)) return;
      } else if (opcode < dw.DW_CFA_restore) {
        this.#factoredRule(this.#columnOf(operand, 0), RuleKind.offset, reader.uleb());
      } else this.#restore(this.#columnOf(operand, 0), offset);
    }
    location.finish();
  }

  /** Executes an instruction with a whole byte of opcode; true where it set a location. */
  #extended(opcode: number, offset: number): boolean {
    const reader = this.#reader;
    const state = this.#state;
    switch (opcode) {
      case dw.DW_CFA_nop:
        return false;
      case dw.DW_CFA_set_loc:
        return this.#setLocation(offset);
      case dw.DW_CFA_advance_loc1:
        return this.#advance(reader.u8(), 0, offset);
      case dw.DW_CFA_advance_loc2:
        return this.#advance(reader.u16(), 0, offset);
      case dw.DW_CFA_advance_loc4:
        return this.#advance(reader.u32(), 0, offset);
      case dw.DW_CFA_MIPS_advance_loc8: {
        const lo = reader.u64();
        return this.#advance(lo, reader.hi, offset);
      }
      case dw.DW_CFA_offset_extended:
        this.#factoredRule(this.#column(), RuleKind.offset, reader.uleb());
        return false;
      case dw.DW_CFA_offset_extended_sf:
        this.#factoredRule(this.#column(), RuleKind.offset, reader.sleb());
        return false;
      case dw.DW_CFA_GNU_negative_offset_extended: {
        const column = this.#column();
        const lo = reader.uleb();
        const negative = -lo >>> 0;
        reader.hi = (~reader.hi + (lo === 0 ? 1 : 0)) >>> 0;
        this.#factoredRule(column, RuleKind.offset, negative);
        return false;
      }
      case dw.DW_CFA_val_offset:
        this.#factoredRule(this.#column(), RuleKind.valOffset, reader.uleb());
        return false;
      case dw.DW_CFA_val_offset_sf:
        this.#factoredRule(this.#column(), RuleKind.valOffset, reader.sleb());
        return false;
      case dw.DW_CFA_restore_extended:
        this.#restore(this.#column(), offset);
        return false;
      case dw.DW_CFA_undefined:
        this.#rule(this.#column(), RuleKind.undefined, 0, 0);
        return false;
      case dw.DW_CFA_same_value:
        this.#rule(this.#column(), RuleKind.sameValue, 0, 0);
        return false;
      case dw.DW_CFA_register:
        this.#registerRule(offset);
        return false;
      case dw.DW_CFA_remember_state:
        this.#remember(offset);
        return false;
      case dw.DW_CFA_restore_state:
        if (this.#depth === 0) throw reader.invalid('a remembered state', offset);
        copyState(this.#stack[--this.#depth]!, state);
        return false;
      case dw.DW_CFA_def_cfa:
        this.#cfaRegister();
        state[cfaLoWord] = reader.uleb();
        state[cfaHiWord] = reader.hi;
        return false;
      case dw.DW_CFA_def_cfa_sf:
        this.#cfaRegister();
        this.#cfaFactoredOffset();
        return false;
      case dw.DW_CFA_def_cfa_register:
        this.#expectCfaOffset(offset);
        this.#cfaRegister();
        return false;
      case dw.DW_CFA_def_cfa_offset:
        this.#expectCfaOffset(offset);
        state[cfaLoWord] = reader.uleb();
        state[cfaHiWord] = reader.hi;
        return false;
      case dw.DW_CFA_def_cfa_offset_sf:
        this.#expectCfaOffset(offset);
        this.#cfaFactoredOffset();
        return false;
      case dw.DW_CFA_def_cfa_expression: {
        const length = reader.uleb();
        state[cfaKindWord] = CfaKind.expression;
        state[cfaColumnWord] = 0;
        state[cfaLoWord] = reader.skip(length, reader.hi);
        state[cfaHiWord] = length;
        return false;
      }
      case dw.DW_CFA_expression:
        this.#expressionRule(RuleKind.expression);
        return false;
      case dw.DW_CFA_val_expression:
        this.#expressionRule(RuleKind.valExpression);
        return false;
      case dw.DW_CFA_GNU_args_size: {
        const size = reader.uleb();
        if (reader.hi !== 0) throw reader.invalid('an argument size below 2^32', offset);
        this.#argsSize = size;
        return false;
      }
      default:
        if (this.#changeSignState(opcode, offset)) return false;
        throw this.#unsupported(offset, `expected a known DW_CFA opcode, found 0x${opcode.toString(16)}`);
    }
  }

  /** A register operand's column, or -1 where the engine does not track the register. */
  #column(): number {
    const register = this.#reader.uleb();
    return this.#columnOf(register, this.#reader.hi);
  }

  #columnOf(lo: number, hi: number): number {
    const columns = this.#architecture.dwarfToColumn;
    return hi === 0 && lo < columns.length ? columns[lo]! : -1;
  }

  #rule(column: number, kind: number, lo: number, hi: number): void {
    if (column >= 0) setRule(this.#state, column, kind, lo, hi);
  }

  /** A rule with N = operand * data alignment; the operand's high half is in the reader. */
  #factoredRule(column: number, kind: number, lo: number): void {
    this.#factor(lo, this.#reader.hi);
    this.#rule(column, kind, product.lo, product.hi);
  }

  #factor(lo: number, hi: number): void {
    const cie = this.#cie!;
    if (hi === 0 && lo < smallFactor && cie.smallDataAlignment !== 0) {
      const offset = lo * cie.smallDataAlignment;
      product.lo = offset >>> 0;
      product.hi = (offset >> 31) >>> 0;
    } else multiply64(lo, hi, cie.dataAlignmentLo, cie.dataAlignmentHi);
  }

  #registerRule(offset: number): void {
    const column = this.#column();
    const source = this.#column();
    if (source >= 0) this.#rule(column, RuleKind.register, source, 0);
    else if (column === this.#cie!.returnColumn) {
      throw this.#unsupported(offset, 'expected a return address in a register that is tracked');
    } else this.#rule(column, RuleKind.undefined, 0, 0);
  }

  #expressionRule(kind: number): void {
    const column = this.#column();
    const length = this.#reader.uleb();
    this.#rule(column, kind, this.#reader.skip(length, this.#reader.hi), length);
  }

  #restore(column: number, offset: number): void {
    const initial = this.#initial;
    if (initial === undefined) throw this.#reader.invalid('no DW_CFA_restore in a CIE', offset);
    if (column < 0) return;
    copyRule(initial, this.#state, column);
    if (column === this.#architecture.signState) this.#state[signStateWord] = initial[signStateWord]!;
  }

  #changeSignState(opcode: number, offset: number): boolean {
    // The CIE's instructions are at no location.
    const location = this.#initial === undefined ? undefined : this.#location;
    const { codeAlignment } = this.#cie!;
    return changeSignState(opcode, offset, this.#reader, this.#architecture, this.#state, location, codeAlignment);
  }

  #remember(offset: number): void {
    if (this.#depth === deepestStack) {
      throw this.#unsupported(offset, `expected at most ${deepestStack} remembered states`);
    }
    if (this.#depth === this.#stack.length) this.#stack.push(emptyState(this.#architecture.columnCount));
    copyState(this.#state, this.#stack[this.#depth++]!);
  }

  #cfaRegister(): void {
    const register = this.#reader.uleb();
    const column = this.#columnOf(register, this.#reader.hi);
    this.#state[cfaKindWord] = column >= 0 ? CfaKind.registerOffset : cfaUntracked;
    this.#state[cfaColumnWord] = column >= 0 ? column : register;
  }

  #cfaFactoredOffset(): void {
    const lo = this.#reader.sleb();
    this.#factor(lo, this.#reader.hi);
    this.#state[cfaLoWord] = product.lo;
    this.#state[cfaHiWord] = product.hi;
  }

  #expectCfaOffset(offset: number): void {
    const kind = this.#state[cfaKindWord];
    if (kind !== CfaKind.registerOffset && kind !== cfaUntracked) {
      throw this.#reader.invalid('a CFA of register and offset to change', offset);
    }
  }

  #advance(lo: number, hi: number, offset: number): true {
    if (this.#initial === undefined) throw this.#reader.invalid('no change of location in a CIE', offset);
    this.#location.advance(lo, hi, this.#cie!.codeAlignment);
    return true;
  }

  #setLocation(offset: number): true {
    if (this.#initial === undefined) throw this.#reader.invalid('no change of location in a CIE', offset);
    const { fdeEncoding, addressSize } = this.#cie!;
    const pointer = this.#pointer;
    readEncodedPointer(this.#reader, fdeEncoding, addressSize, this.#bases, this.#location.function, pointer);
    if (pointer.indirect) throw this.#unsupported(offset, 'expected a location that is not indirect');
    if (!this.#location.moveTo(pointer.lo, pointer.hi)) {
      throw this.#reader.invalid('a location that does not go back', offset);
    }
    return true;
  }

  #unsupported(offset: number, expectation: string): UnwindError {
    return new UnwindError('unsupported', this.#reader.section, offset, expectation);
  }
}
