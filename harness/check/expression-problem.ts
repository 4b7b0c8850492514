import * as op from '../../engine/dwarf/expression-opcodes.ts';

/** Bytes of the fixed operand of an operation; those of others are LEB128 numbers or nothing (DWARF 5, section 7.7.1). */
// biome-ignore format: one line
const fixedOperands: Readonly<Record<number, number>> = {
  3: 8, 8: 1, 9: 1, 10: 2, 11: 2, 12: 4, 13: 4, 14: 8, 15: 8, 21: 1, 40: 2, 47: 2, 148: 1,
};

/** Values looked at on a stack; no compiler's expression is that deep. */
const deepest = 32;
/** Bytes of operations looked at in an expression, by its size and at most: a file full of short ones must not take hours. */
const leastWork = 1000;
const workPerByte = 64;
const mostWork = 100_000;

/** A value on the stack where it is a literal, undefined where only the execution tells. */
type Known = number | undefined;

interface State {
  readonly at: number;
  readonly stack: readonly Known[];
  /** It was deeper: what lies below `stack` is forgotten. */
  readonly isCut?: boolean;
}

/**
 * Why an expression can have no value, whatever the registers and the memory are; undefined where it may have one, and
 * where that takes too long to tell. `initial`: values on its stack before it, of which the execution tells what they are.
 */
export function expressionProblem(code: Uint8Array, initial: number): string | undefined {
  const waiting: State[] = [{ at: 0, stack: Array.from({ length: initial }, () => undefined) }];
  const visited = new Set<string>();
  let left = Math.min(leastWork + workPerByte * code.length, mostWork);
  let mayEnd = false;
  for (let state = waiting.pop(); state !== undefined; state = waiting.pop()) {
    const { at, stack, isCut = false } = state;
    if (at === code.length) {
      if (stack.length === 0) return 'it leaves no value';
      mayEnd = true;
      continue;
    }
    const key = keyOf(state);
    if (visited.has(key)) continue;
    if (left <= 0) return undefined;
    visited.add(key);
    const next = step(code, at, stack);
    left -= typeof next === 'string' ? 1 : Math.max(1, next.at(-1)!.at - at);
    if (typeof next !== 'string') waiting.push(...next.map((one) => cut(one, isCut)));
    else if (!isCut) return `${next} at +0x${at.toString(16)}`;
    // What was forgotten may have kept it from coming here.
    else mayEnd = true;
  }
  return mayEnd ? undefined : 'it never ends';
}

/** Forgets values that lie too deep; those of a stack that was deeper are unknown where it has become less deep again. */
function cut({ at, stack }: State, wasCut: boolean): State {
  if (stack.length > deepest) return { at, stack: stack.slice(-deepest), isCut: true };
  if (!wasCut) return { at, stack };
  const below = Array.from({ length: deepest - stack.length }, () => undefined);
  return { at, stack: [...below, ...stack], isCut: true };
}

/** What a state does depends on the values that are known, too. */
function keyOf({ at, stack, isCut }: State): string {
  return `${at} ${isCut} ${String.fromCharCode(...stack.map((value) => (value === undefined ? 0 : value + 1)))}`;
}

/** Where it goes on behind an operation, with which stack; or what is wrong with it. */
function step(code: Uint8Array, start: number, before: readonly Known[]): string | State[] {
  const opcode = code[start]!;
  const stack = [...before];
  const view = new DataView(code.buffer, code.byteOffset, code.byteLength);
  let at = start + 1 + (fixedOperands[opcode] ?? 0);
  for (let count = lebOperands(opcode); count > 0; count--) {
    while (at < code.length && code[at]! >= 0x80) at++;
    at++;
  }
  if (at > code.length) return 'an operand leads out of it';
  const on = [{ at, stack }];
  const needs = operandsTaken(opcode, code[start + 1] ?? 0);
  if (needs === undefined) return `the operation 0x${opcode.toString(16)} has no meaning here`;
  if (stack.length < needs) return 'it takes more from its stack than is there';
  if (opcode === op.DW_OP_skip || opcode === op.DW_OP_bra) {
    const target = at + view.getInt16(start + 1, true);
    if (target < 0 || target > code.length) return 'it branches out of itself';
    const jump = { at: target, stack };
    if (opcode === op.DW_OP_skip) return [jump];
    const condition = stack.pop();
    if (condition === undefined) return [jump, ...on];
    return condition === 0 ? on : [jump];
  }
  switch (opcode) {
    case op.DW_OP_nop:
      return on;
    case op.DW_OP_dup:
      stack.push(stack.at(-1));
      return on;
    case op.DW_OP_drop:
      stack.pop();
      return on;
    case op.DW_OP_over:
      stack.push(stack.at(-2));
      return on;
    case op.DW_OP_pick:
      stack.push(stack.at(-1 - code[start + 1]!));
      return on;
    case op.DW_OP_swap:
      stack.push(...stack.splice(-2).reverse());
      return on;
    case op.DW_OP_rot: {
      const [third, second, top] = stack.splice(-3);
      stack.push(top, third, second);
      return on;
    }
    case op.DW_OP_deref:
    case op.DW_OP_deref_size:
      if (stack.pop() === 0) return 'it loads from address 0';
      stack.push(undefined);
      return on;
    case op.DW_OP_div:
    case op.DW_OP_mod:
      if (stack.at(-1) === 0) return 'it divides by zero';
  }
  stack.splice(stack.length - needs, needs);
  stack.push(opcode >= op.DW_OP_lit0 && opcode <= op.DW_OP_lit31 ? opcode - op.DW_OP_lit0 : undefined);
  return on;
}

function lebOperands(opcode: number): number {
  if (opcode === op.DW_OP_bregx) return 2;
  const isBased = opcode >= op.DW_OP_breg0 && opcode <= op.DW_OP_breg31;
  return isBased || opcode === op.DW_OP_constu || opcode === op.DW_OP_consts || opcode === op.DW_OP_plus_uconst ? 1 : 0;
}

/** Values that must be on the stack; undefined for what call frame information cannot use. */
function operandsTaken(opcode: number, operand: number): number | undefined {
  if ((opcode >= op.DW_OP_lit0 && opcode <= op.DW_OP_lit31) || (opcode >= op.DW_OP_breg0 && opcode <= op.DW_OP_breg31))
    return 0;
  if (opcode === op.DW_OP_addr || (opcode >= op.DW_OP_const1u && opcode <= op.DW_OP_const8s)) return 0;
  switch (opcode) {
    case op.DW_OP_constu:
    case op.DW_OP_consts:
    case op.DW_OP_skip:
    case op.DW_OP_nop:
    case op.DW_OP_bregx:
      return 0;
    case op.DW_OP_deref:
    case op.DW_OP_deref_size:
    case op.DW_OP_dup:
    case op.DW_OP_drop:
    case op.DW_OP_abs:
    case op.DW_OP_neg:
    case op.DW_OP_not:
    case op.DW_OP_plus_uconst:
    case op.DW_OP_bra:
      return 1;
    case op.DW_OP_rot:
      return 3;
    case op.DW_OP_pick:
      return operand + 1;
  }
  // Two values in, one out: over, swap, and, div, minus, mod, mul, or, plus, shifts, xor and comparisons.
  const isBinary =
    (opcode >= op.DW_OP_over && opcode <= op.DW_OP_xor) || (opcode >= op.DW_OP_eq && opcode <= op.DW_OP_ne);
  return isBinary && opcode !== 0x18 ? 2 : undefined;
}
