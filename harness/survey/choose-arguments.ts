import { Random } from '../../generators/random.ts';
import type { Arena, BufferContent } from './arena.ts';
import type { ParameterKind } from './signatures.ts';

/** Registers both architectures pass integers and doubles in; AArch64 has two more for integers. */
const integerRegisters = 6;
const vectorRegisters = 8;
const largestInt = 16;
/** So many elements of 8 bytes fit every buffer many times. */
const largestLength = 64;

/** The arguments of one call. */
export interface CallArguments {
  readonly integers: readonly bigint[];
  readonly vectors: readonly Uint8Array[];
  /** As records show them. */
  readonly text: readonly string[];
}

type Guess = 'pointer' | 'text' | 'length' | 'int' | 'null';
const P = 'pointer';
const L = 'length';
/** Shapes many functions of C have; the first seeds try these, the others any mixture. */
const shapes: readonly (readonly Guess[])[] = [
  [P, P, P, L, P, L],
  [P, P, L, P, L, 'int'],
  ['text', 'text', L, P, P, L],
  [P, L, P, L, P, L],
  ['int', 'int', P, L, 'int', P],
];
const weights: readonly (readonly [Guess, number])[] = [
  ['pointer', 10],
  ['text', 3],
  ['length', 4],
  ['int', 4],
  ['null', 1],
];

/**
 * Arguments for a function nobody has described: pointers to writable memory, lengths that fit it, small numbers, and
 * in the vector registers what is a plausible double, float and long double at once. `seed` decides; `call` counts the
 * function's calls, from 0.
 */
export function guessArguments(arena: Arena, seed: string, call: number): CallArguments {
  const random = new Random(seed);
  const shape = shapes[call];
  const all: Guess[] = weights.flatMap(([guess, weight]) => Array<Guess>(weight).fill(guess));
  const integers: bigint[] = [];
  const text: string[] = [];
  for (let i = 0; i < integerRegisters; i++) {
    const { value, shown } = guessed(shape?.[i] ?? random.pick(all), arena, random, i);
    integers.push(value);
    text.push(shown);
  }
  return { integers, vectors: plausibleVectors(random), text };
}

/** Arguments as a signature says that `checkPassable` has seen. */
export function describedArguments(parameters: readonly ParameterKind[], arena: Arena, seed: string): CallArguments {
  const random = new Random(seed);
  const integers: bigint[] = [];
  const vectors: Uint8Array[] = [];
  const text: string[] = [];
  for (const [i, parameter] of parameters.entries()) {
    if (parameter.kind === 'double') {
      const value = plausibleDouble(random);
      const bytes = new Uint8Array(16);
      new DataView(bytes.buffer).setFloat64(0, value, true);
      vectors.push(bytes);
      text.push(`${value}`);
      continue;
    }
    const { value, shown } = described(parameter, arena, random, i);
    integers.push(value);
    text.push(shown);
  }
  return { integers, vectors, text };
}

function guessed(guess: Guess, arena: Arena, random: Random, position: number) {
  switch (guess) {
    case 'pointer':
      return pointer(arena, random.pick<BufferContent>(['zero', 'random', 'random', 'pointers']), position);
    case 'text':
      return pointer(arena, 'text', position);
    case 'length':
      return number(random.below(largestLength + 1));
    case 'int':
      return number(random.below(largestInt + 1));
    case 'null':
      return { value: 0n, shown: 'null' };
  }
}

function described(
  parameter: Exclude<ParameterKind, { kind: 'double' }>,
  arena: Arena,
  random: Random,
  position: number,
) {
  switch (parameter.kind) {
    case 'buffer':
    case 'out': {
      const { kind, size } = parameter;
      return { value: arena.sized(kind, position, size), shown: kind === 'out' ? 'zero' : 'random' };
    }
    case 'string':
      return pointer(arena, 'text', position);
    case 'length':
      return number(random.below(largestLength + 1));
    case 'int':
      return number(random.below(largestInt + 1));
    default:
      return { value: 0n, shown: 'null' };
  }
}

const number = (value: number) => ({ value: BigInt(value), shown: `${value}` });

function pointer(arena: Arena, content: BufferContent, position: number) {
  return { value: arena.buffer(content, position % 4), shown: content };
}

function plausibleDouble(random: Random): number {
  const magnitude = random.pick([0.001, 1, 10, 1000, 1e6]);
  return (random.u32() / 2 ** 31 - 1) * magnitude;
}

/** The low 8 bytes are a double whose low half is a float; with the high 8 bytes they are an IEEE binary128. */
function plausibleVectors(random: Random): Uint8Array[] {
  return Array.from({ length: vectorRegisters }, () => {
    const bytes = new Uint8Array(16);
    const view = new DataView(bytes.buffer);
    view.setFloat64(0, plausibleDouble(random), true);
    view.setFloat32(0, plausibleDouble(random), true);
    view.setUint32(8, random.u32(), true);
    view.setUint32(12, ((0x3fff - 8 + random.below(16)) << 16) | random.below(0x1_0000), true);
    return bytes;
  });
}
