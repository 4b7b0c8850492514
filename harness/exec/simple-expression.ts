import type { Memory } from '../../engine/index.ts';

/** DWARF 5, section 7.7.1; the operators compilers use in call frame information. */
const DW_OP_deref = 0x06;
const DW_OP_plus_uconst = 0x23;
const DW_OP_lit0 = 0x30;
const DW_OP_lit31 = 0x4f;
const DW_OP_breg0 = 0x70;
const DW_OP_breg31 = 0x8f;

/** Operators of two values, the second of them on top of the stack; comparisons are signed. */
const binary: Readonly<Record<number, (a: bigint, b: bigint) => bigint>> = {
  /* DW_OP_and */ 26: (a, b) => a & b,
  /* DW_OP_minus */ 28: (a, b) => a - b,
  /* DW_OP_or */ 33: (a, b) => a | b,
  /* DW_OP_plus */ 34: (a, b) => a + b,
  /* DW_OP_shl */ 36: (a, b) => (b < 64n ? a << b : 0n),
  /* DW_OP_ge */ 42: (a, b) => (BigInt.asIntN(64, a) >= BigInt.asIntN(64, b) ? 1n : 0n),
};

export type ExpressionValue = bigint | 'unreadable' | 'undecided';

/** Reads 8 bytes; `unreadable` where they are not in readable memory. */
export function readWord(memory: Memory, address: bigint): bigint | 'unreadable' {
  const lo = Number(address & 0xffffffffn);
  const hi = Number(address >> 32n);
  const window = memory.find(lo, hi, 8);
  return window === undefined ? 'unreadable' : window.view.getBigUint64(window.offsetOf(lo, hi, 8), true);
}

/**
 * Evaluates the simple expressions compilers emit, apart from the engine's evaluator; `undecided` for all others.
 * `register` gives the value of a DWARF register number.
 */
export function evaluateSimply(
  code: Uint8Array,
  initial: readonly bigint[],
  register: (dwarf: number) => bigint | undefined,
  memory: Memory,
): ExpressionValue {
  const stack = [...initial];
  let position = 0;
  const leb = (signed: boolean): bigint => {
    let value = 0n;
    for (let shift = 0n; position < code.length; ) {
      const byte = code[position++]!;
      value |= BigInt(byte & 0x7f) << shift;
      shift += 7n;
      if (byte < 0x80) return signed && (byte & 0x40) !== 0 ? value - (1n << shift) : value;
    }
    return value;
  };
  while (position < code.length) {
    const opcode = code[position++]!;
    if (opcode >= DW_OP_lit0 && opcode <= DW_OP_lit31) stack.push(BigInt(opcode - DW_OP_lit0));
    else if (opcode >= DW_OP_breg0 && opcode <= DW_OP_breg31) {
      const value = register(opcode - DW_OP_breg0);
      if (value === undefined) return 'undecided';
      stack.push(BigInt.asUintN(64, value + leb(true)));
    } else {
      const top = stack.pop();
      if (top === undefined) return 'undecided';
      if (opcode === DW_OP_deref) {
        const value = readWord(memory, top);
        if (value === 'unreadable') return value;
        stack.push(value);
      } else if (opcode === DW_OP_plus_uconst) stack.push(BigInt.asUintN(64, top + leb(false)));
      else {
        const below = stack.pop();
        const operator = binary[opcode];
        if (operator === undefined || below === undefined) return 'undecided';
        stack.push(BigInt.asUintN(64, operator(below, top)));
      }
    }
  }
  return stack.at(-1) ?? 'undecided';
}
