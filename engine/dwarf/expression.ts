import type { Architecture } from '../architecture/index.ts';
import { type CurrentFrame, hex } from '../current-frame.ts';
import { UnwindError, type UnwindErrorKind } from '../errors.ts';
import { ByteReader } from './byte-reader.ts';
import { add, combine, negate } from './expression-arithmetic.ts';
import * as op from './expression-opcodes.ts';
import { ExpressionStack } from './expression-stack.ts';

/** Operations one expression may execute: a backward branch must not hang the unwinder. */
const OPERATION_LIMIT = 10_000;

/**
 * Evaluates the DWARF expressions of call frame information (DWARF 5, sections 2.5.1 and 6.4.2) with exact 64-bit
 * arithmetic. One evaluator is reused; an evaluation allocates nothing, division excepted.
 */
export class ExpressionEvaluator {
  readonly #architecture: Architecture;
  readonly #stack: ExpressionStack;
  #reader = new ByteReader(new Uint8Array(0), '');
  #start = 0;
  /** Offset of the operation being executed, for errors. */
  #operation = 0;
  /** The result of the last evaluation: low half, high half. */
  readonly result = new Uint32Array(2);

  constructor(architecture: Architecture) {
    this.#architecture = architecture;
    this.#stack = new ExpressionStack((fault) => this.#error('invalid', `no ${fault}`));
  }

  /**
   * Evaluates the expression of `length` bytes at `position` of a section and leaves its value in `result`.
   * `initial` is pushed first: the CFA for a register's rule, nothing for the CFA itself. Constants of `DW_OP_addr`
   * are taken as they stand in `bytes`. Throws `UnwindError`: `invalid` for stack underflow and overflow, branches
   * out of the expression, division by zero, an empty stack at the end and endless loops, `unsupported` for
   * operations without a meaning in call frame information, `unreadable` for unknown registers and memory.
   */
  evaluate(
    frame: CurrentFrame,
    bytes: Uint8Array,
    section: string,
    position: number,
    length: number,
    initial: Uint32Array | undefined,
  ): void {
    if (this.#reader.bytes !== bytes || this.#reader.section !== section) this.#reader = new ByteReader(bytes, section);
    const reader = this.#reader;
    reader.window(position, position + length);
    this.#start = position;
    const stack = this.#stack;
    stack.depth = 0;
    if (initial !== undefined) stack.push(initial[0]!, initial[1]!);
    for (let count = 0; reader.position < reader.end; count++) {
      this.#operation = reader.position;
      if (count === OPERATION_LIMIT) throw this.#error('invalid', `at most ${OPERATION_LIMIT} operations`);
      this.#execute(reader.u8(), frame);
    }
    const top = stack.pop();
    this.result[0] = stack.values[top]!;
    this.result[1] = stack.values[top + 1]!;
  }

  #execute(operation: number, frame: CurrentFrame): void {
    if (operation >= op.DW_OP_lit0 && operation <= op.DW_OP_lit31) {
      this.#stack.push(operation - op.DW_OP_lit0, 0);
    } else if (operation >= op.DW_OP_breg0 && operation <= op.DW_OP_breg31) {
      this.#pushRegister(operation - op.DW_OP_breg0, frame);
    } else if (operation >= op.DW_OP_abs && operation <= op.DW_OP_ne) {
      this.#calculate(operation);
    } else if (operation >= op.DW_OP_addr && operation <= op.DW_OP_consts && operation !== op.DW_OP_deref) {
      this.#pushConstant(operation);
    } else {
      this.#executeOther(operation, frame);
    }
  }

  #executeOther(operation: number, frame: CurrentFrame): void {
    const stack = this.#stack;
    const reader = this.#reader;
    switch (operation) {
      case op.DW_OP_deref:
        this.#load(8, frame);
        return;
      case op.DW_OP_deref_size:
        this.#load(reader.u8(), frame);
        return;
      case op.DW_OP_dup:
        stack.pick(0);
        return;
      case op.DW_OP_drop:
        stack.pop();
        return;
      case op.DW_OP_over:
        stack.pick(1);
        return;
      case op.DW_OP_pick:
        stack.pick(reader.u8());
        return;
      case op.DW_OP_swap:
        stack.swap();
        return;
      case op.DW_OP_rot:
        stack.rotate();
        return;
      case op.DW_OP_skip:
        reader.position = this.#branchTarget();
        return;
      case op.DW_OP_bregx: {
        const register = reader.uleb();
        this.#pushRegister(reader.hi === 0 ? register : -1, frame);
        return;
      }
      case op.DW_OP_nop:
        return;
      case op.DW_OP_stack_value:
        // Not needed in call frame information, but harmless where it says that the value is complete.
        if (reader.position === reader.end) return;
        throw this.#error('invalid', 'DW_OP_stack_value only at the end');
      default:
        throw this.#unknown(operation);
    }
  }

  #pushConstant(operation: number): void {
    const reader = this.#reader;
    const stack = this.#stack;
    switch (operation) {
      case op.DW_OP_const1u:
        stack.push(reader.u8(), 0);
        return;
      case op.DW_OP_const1s:
        this.#pushSigned((reader.u8() << 24) >> 24);
        return;
      case op.DW_OP_const2u:
        stack.push(reader.u16(), 0);
        return;
      case op.DW_OP_const2s:
        this.#pushSigned((reader.u16() << 16) >> 16);
        return;
      case op.DW_OP_const4u:
        stack.push(reader.u32(), 0);
        return;
      case op.DW_OP_const4s:
        this.#pushSigned(reader.u32() | 0);
        return;
      case op.DW_OP_addr:
      case op.DW_OP_const8u:
      case op.DW_OP_const8s:
        stack.push(reader.u64(), reader.hi);
        return;
      case op.DW_OP_constu:
        stack.push(reader.uleb(), reader.hi);
        return;
      case op.DW_OP_consts:
        stack.push(reader.sleb(), reader.hi);
        return;
      default:
        throw this.#unknown(operation);
    }
  }

  #pushSigned(value: number): void {
    this.#stack.push(value, value >> 31);
  }

  /** `DW_OP_abs` to `DW_OP_ne`: everything that takes entries and leaves a result, and `DW_OP_bra`. */
  #calculate(operation: number): void {
    const stack = this.#stack;
    const { values } = stack;
    switch (operation) {
      case op.DW_OP_abs: {
        const top = stack.entry(0);
        if ((values[top + 1]! | 0) < 0) negate(values, top);
        return;
      }
      case op.DW_OP_neg:
        negate(values, stack.entry(0));
        return;
      case op.DW_OP_not: {
        const top = stack.entry(0);
        values[top] = ~values[top]!;
        values[top + 1] = ~values[top + 1]!;
        return;
      }
      case op.DW_OP_plus_uconst: {
        const lo = this.#reader.uleb();
        add(values, stack.entry(0), lo, this.#reader.hi);
        return;
      }
      case op.DW_OP_bra: {
        const target = this.#branchTarget();
        const top = stack.pop();
        if (values[top] !== 0 || values[top + 1] !== 0) this.#reader.position = target;
        return;
      }
      default: {
        const second = stack.entry(1);
        const top = stack.pop();
        const divides = operation === op.DW_OP_div || operation === op.DW_OP_mod;
        if (divides && values[top] === 0 && values[top + 1] === 0) throw this.#error('invalid', 'no division by zero');
        combine(values, second, top, operation);
      }
    }
  }

  #branchTarget(): number {
    const reader = this.#reader;
    const distance = (reader.u16() << 16) >> 16;
    const target = reader.position + distance;
    if (target < this.#start || target > reader.end) throw this.#error('invalid', 'a branch inside the expression');
    return target;
  }

  /** `DW_OP_bregN` and `DW_OP_bregx`: a register of the current frame plus an offset. */
  #pushRegister(register: number, frame: CurrentFrame): void {
    const lo = this.#reader.sleb();
    const { hi } = this.#reader;
    const column = this.#architecture.dwarfToColumn[register] ?? -1;
    const index = frame.base + column;
    if (column < 0 || frame.known[index] !== 1)
      throw this.#error('unreadable', `a known value of register ${register}`);
    this.#stack.push(frame.values[2 * index]!, frame.values[2 * index + 1]!);
    add(this.#stack.values, this.#stack.entry(0), lo, hi);
  }

  /** Replaces the address on top by the `size` bytes there, zero-extended. */
  #load(size: number, frame: CurrentFrame): void {
    if (size < 1 || size > 8) throw this.#error('invalid', `DW_OP_deref_size of 1 to 8 bytes, found ${size}`);
    const { values } = this.#stack;
    const top = this.#stack.entry(0);
    const lo = values[top]!;
    const hi = values[top + 1]!;
    const window = frame.memory.find(lo, hi, size);
    if (window === undefined) throw this.#error('unreadable', `${size} readable bytes at ${hex(lo, hi)}`);
    const offset = window.offsetOf(lo, hi, size);
    values[top] = 0;
    values[top + 1] = 0;
    for (let i = 0; i < size; i++) {
      const half = top + (i >> 2);
      values[half] = values[half]! | (window.view.getUint8(offset + i) << (8 * (i & 3)));
    }
  }

  #unknown(operation: number): UnwindError {
    const isRegister = (operation >= op.DW_OP_reg0 && operation <= op.DW_OP_reg31) || operation === op.DW_OP_regx;
    const name = `0x${operation.toString(16)}`;
    return isRegister
      ? this.#error('invalid', `a value, found the register location ${name}`)
      : this.#error('unsupported', `an operation of call frame information, found ${name}`);
  }

  #error(kind: UnwindErrorKind, expectation: string): UnwindError {
    return new UnwindError(kind, this.#reader.section, this.#operation, `expected ${expectation}`);
  }
}
