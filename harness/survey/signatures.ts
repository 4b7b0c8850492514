import { z } from 'zod';
import type { ArchitectureName } from '../../engine/index.ts';

/** Bytes of the largest buffer a signature may ask for. */
export const largestBuffer = 0x1_0000;

/** One argument: `int`, `length`, `double`, `null`, `string`, `buffer:SIZE` or `out:SIZE`. */
export type ParameterKind =
  | { readonly kind: 'int' | 'length' | 'double' | 'null' | 'string' }
  | { readonly kind: 'buffer' | 'out'; readonly size: number };

/** Function name → its parameters. */
export type Signatures = Readonly<Record<string, readonly ParameterKind[]>>;

/** A description of functions that cannot be used; the message says where and why. */
export class SignaturesError extends Error {
  override readonly name = 'SignaturesError';
}

const simple = z.enum(['int', 'length', 'double', 'null', 'string']).transform((kind): ParameterKind => ({ kind }));
const sized = z
  .string()
  .regex(/^(buffer|out):\d+$/, 'expected int, length, double, null, string, buffer:SIZE or out:SIZE')
  .transform((text): ParameterKind => {
    const [kind, size] = text.split(':') as ['buffer' | 'out', string];
    return { kind, size: Number(size) };
  })
  .refine((one) => !('size' in one) || one.size <= largestBuffer, `expected at most ${largestBuffer} bytes`);
const signatures = z.record(z.string(), z.array(z.union([simple, sized])).max(16));

/** Reads a typed description of functions, JSON: `{ "memcpy": ["out:256", "buffer:256", "length"] }`. */
export function parseSignatures(text: string): Signatures {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new SignaturesError(`is not JSON: ${(error as Error).message}`);
  }
  const result = signatures.safeParse(value);
  if (result.success) return result.data;
  throw new SignaturesError(z.prettifyError(result.error).replaceAll('\n', ' '));
}

/** Arguments passed in registers, as both procedure call standards say: the only ones there are. */
const mostIntegers = { 'x86-64': 6, aarch64: 8 } as const;
const mostDoubles = 8;

/** Throws a SignaturesError where a function takes arguments that are not passed in registers. */
export function checkPassable(signatures: Signatures, architecture: ArchitectureName): void {
  for (const [name, parameters] of Object.entries(signatures)) {
    const doubles = parameters.filter(({ kind }) => kind === 'double').length;
    const integers = parameters.length - doubles;
    const refuse = (count: number, what: string, most: number): never => {
      throw new SignaturesError(`has ${count} ${what} for ${name}; at most ${most} can be passed on ${architecture}`);
    };
    if (integers > mostIntegers[architecture]) refuse(integers, 'integers and pointers', mostIntegers[architecture]);
    if (doubles > mostDoubles) refuse(doubles, 'doubles', mostDoubles);
  }
}
