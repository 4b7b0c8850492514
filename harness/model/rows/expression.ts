import { bitsOf, constant, known, type Value, withBits } from '../value.ts';
import { UnsayableError } from './row.ts';

/** What an expression may ask for. */
export interface ExpressionWorld {
  /** The register with a DWARF number, undefined where nothing is known of it. */
  register(dwarf: number): Value | undefined;
  /** The bytes at an address, undefined where they cannot be read. */
  memory(address: Value, size: number): Value | undefined;
  /** The symbol of a sum of values multiplied by factors, and that of what is otherwise made from values. */
  sum(values: readonly Value[], factors: readonly bigint[]): number;
  combine(values: readonly Value[]): number;
}

/** The expression does not lead to a value. */
export class ExpressionError extends Error {
  override readonly name = 'ExpressionError';
}

const DW_OP_minus = 0x1c;
const DW_OP_mul = 0x1e;
const DW_OP_neg = 0x1f;
const DW_OP_not = 0x20;
const DW_OP_plus = 0x22;

const signed = (value: bigint) => BigInt.asIntN(64, value);
const truth = (condition: boolean) => (condition ? 1n : 0n);

/** Operations on the two topmost values, by opcode (DWARF 5, section 2.5.1.4). */
const binary: Readonly<Record<number, (a: bigint, b: bigint) => bigint>> = {
  26: (a, b) => a & b,
  27: (a, b) => signed(a) / signed(b),
  28: (a, b) => a - b,
  29: (a, b) => a % b,
  30: (a, b) => a * b,
  33: (a, b) => a | b,
  34: (a, b) => a + b,
  36: (a, b) => (b > 63n ? 0n : a << b),
  37: (a, b) => (b > 63n ? 0n : a >> b),
  38: (a, b) => signed(a) >> (b > 63n ? 63n : b),
  39: (a, b) => a ^ b,
  41: (a, b) => truth(a === b),
  42: (a, b) => truth(signed(a) >= signed(b)),
  43: (a, b) => truth(signed(a) > signed(b)),
  44: (a, b) => truth(signed(a) <= signed(b)),
  45: (a, b) => truth(signed(a) < signed(b)),
  46: (a, b) => truth(a !== b),
};

const unary: Readonly<Record<number, (a: bigint) => bigint>> = {
  25: (a) => (signed(a) < 0n ? -a : a),
  31: (a) => -a,
  32: (a) => ~a,
};

/** Evaluates a DWARF expression over values; throws `ExpressionError` where it has no result. */
export function evaluate(expression: Uint8Array, world: ExpressionWorld, pushed?: Value): Value {
  const view = new DataView(expression.buffer, expression.byteOffset, expression.byteLength);
  const stack: Value[] = pushed === undefined ? [] : [pushed];
  let at = 0;
  const pop = (): Value => stack.pop() ?? fail('the stack is empty');
  const peek = (depth: number): Value => stack.at(-1 - depth) ?? fail('the stack is not that deep');
  const push = (value: bigint) => stack.push(constant(BigInt.asUintN(64, value)));
  const advance = (size: number): number => {
    at += size;
    if (at > expression.length) fail('the expression ends within an operation');
    return at - size;
  };
  const leb = (isSigned: boolean): bigint => {
    let value = 0n;
    let shift = 0n;
    for (;;) {
      const byte = expression[advance(1)]!;
      value |= BigInt(byte & 0x7f) << shift;
      shift += 7n;
      if (byte < 0x80) return isSigned && (byte & 0x40) !== 0 ? value - (1n << shift) : value;
    }
  };
  const based = (register: number) => {
    const base = world.register(register) ?? fail(`register ${register} is unknown`);
    stack.push(withBits(base.symbol, BigInt.asUintN(64, bitsOf(base) + leb(true))));
  };
  const load = (size: number) => stack.push(world.memory(pop(), size) ?? fail('memory cannot be read'));
  for (let steps = 0; at < expression.length; steps++) {
    if (steps > 10_000) fail('the expression does not end');
    const opcode = expression[advance(1)]!;
    if (opcode >= 0x30 && opcode < 0x50) push(BigInt(opcode - 0x30));
    else if (opcode >= 0x70 && opcode < 0x90) based(opcode - 0x70);
    else if (binary[opcode] !== undefined) {
      const b = pop();
      const a = pop();
      if ((opcode === 0x1b || opcode === 0x1d) && bitsOf(b) === 0n) fail('division by zero');
      const result = BigInt.asUintN(64, binary[opcode]!(bitsOf(a), bitsOf(b)));
      stack.push(withBits(symbolOf(opcode, a, b, world), result));
    } else if (unary[opcode] !== undefined) {
      const a = pop();
      const symbol = opcode === DW_OP_neg || opcode === DW_OP_not ? world.sum([a], [-1n]) : a.symbol;
      stack.push(withBits(symbol, BigInt.asUintN(64, unary[opcode]!(bitsOf(a)))));
    } else {
      switch (opcode) {
        case 0x03:
        case 0x0e:
        case 0x0f:
          push(view.getBigUint64(advance(8), true));
          break;
        case 0x06:
          load(8);
          break;
        case 0x08:
          push(BigInt(view.getUint8(advance(1))));
          break;
        case 0x09:
          push(BigInt(view.getInt8(advance(1))));
          break;
        case 0x0a:
          push(BigInt(view.getUint16(advance(2), true)));
          break;
        case 0x0b:
          push(BigInt(view.getInt16(advance(2), true)));
          break;
        case 0x0c:
          push(BigInt(view.getUint32(advance(4), true)));
          break;
        case 0x0d:
          push(BigInt(view.getInt32(advance(4), true)));
          break;
        case 0x10:
          push(leb(false));
          break;
        case 0x11:
          push(leb(true));
          break;
        case 0x12:
          stack.push(peek(0));
          break;
        case 0x13:
          pop();
          break;
        case 0x14:
          stack.push(peek(1));
          break;
        case 0x15:
          stack.push(peek(expression[advance(1)]!));
          break;
        case 0x16:
          stack.push(pop(), pop());
          break;
        case 0x17: {
          const [top, second, third] = [pop(), pop(), pop()];
          stack.push(top, third, second);
          break;
        }
        case 0x23: {
          const value = pop();
          stack.push(withBits(value.symbol, BigInt.asUintN(64, bitsOf(value) + leb(false))));
          break;
        }
        case 0x28:
        case 0x2f: {
          const distance = view.getInt16(advance(2), true);
          if (opcode === 0x2f || bitsOf(pop()) !== 0n) at += distance;
          if (at < 0 || at > expression.length) fail('a branch leads out of the expression');
          break;
        }
        case 0x92:
          based(Number(leb(false)));
          break;
        case 0x94:
          load(expression[advance(1)]!);
          break;
        case 0x96:
          break;
        default:
          throw new UnsayableError(`operation 0x${opcode.toString(16)} in an expression`);
      }
    }
  }
  return pop();
}

function symbolOf(opcode: number, a: Value, b: Value, world: ExpressionWorld): number {
  if (opcode === DW_OP_plus) return world.sum([a, b], [1n, 1n]);
  if (opcode === DW_OP_minus) return world.sum([a, b], [1n, -1n]);
  if (opcode === DW_OP_mul && b.symbol === known) return world.sum([a], [bitsOf(b)]);
  if (opcode === DW_OP_mul && a.symbol === known) return world.sum([b], [bitsOf(a)]);
  return world.combine([a, b]);
}

function fail(why: string): never {
  throw new ExpressionError(why);
}
