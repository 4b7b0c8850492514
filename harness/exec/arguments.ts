import { Random } from '../../generators/random.ts';
import { randomBytes } from '../execution/state.ts';
import type { LoadedImage, Segment } from '../loader/image.ts';

/** An argument of the called function: a number, or a pointer to that many bytes of seeded random memory. */
export type Argument = { readonly value: bigint } | { readonly buffer: number };

/** Arguments that cannot be read: says which and why. */
export class ArgumentError extends Error {
  override readonly name = 'ArgumentError';
}

/** Both architectures pass so many integers in registers that fewer than this fit on each. */
const mostArguments = 6;
/** Up to this number arguments count as small. */
const largestSmall = 64;
const largestBuffer = 2 ** 24;
const bufferAlignment = 16;
const pageSize = 0x1000;

/** Reads `1,0x10,-1,buffer:256`. Throws `ArgumentError`. */
export function parseArguments(text: string): Argument[] {
  if (text.trim() === '') return [];
  const words = text.split(',').map((word) => word.trim());
  if (words.length > mostArguments) throw new ArgumentError(`at most ${mostArguments} arguments can be given`);
  return words.map((word) => {
    const size = /^buffer:(\d+)$/.exec(word)?.[1];
    if (size !== undefined) {
      if (Number(size) > largestBuffer)
        throw new ArgumentError(`'${word}': a buffer has at most ${largestBuffer} bytes`);
      return { buffer: Number(size) };
    }
    if (!/^-?\d+$|^0x[0-9a-f]+$/i.test(word)) {
      throw new ArgumentError(`'${word}' is neither a number (1, -1, 0x10) nor a buffer (buffer:256)`);
    }
    const value = BigInt(word);
    if (value >= 2n ** 64n || value < -(2n ** 63n)) throw new ArgumentError(`'${word}' does not fit 64 bits`);
    return { value: BigInt.asUintN(64, value) };
  });
}

/** Seeded arguments for where none are given: small, since large ones make many functions recurse or loop for ever. */
export function smallArguments(seed: string): Argument[] {
  const random = new Random(`${seed}/arguments`);
  return Array.from({ length: mostArguments }, () => ({ value: BigInt(random.below(largestSmall + 1)) }));
}

/** Puts the buffers into a segment of their own; returns the image with it and the values of all arguments. */
export function placeArguments(
  image: LoadedImage,
  given: readonly Argument[],
  seed: string,
): { readonly image: LoadedImage; readonly values: readonly bigint[] } {
  const address = freeAddress(image);
  let size = 0;
  const values = given.map((argument) => {
    if ('value' in argument) return argument.value;
    const start = size;
    size = Math.ceil((size + Math.max(1, argument.buffer)) / bufferAlignment) * bufferAlignment;
    return address + BigInt(start);
  });
  if (size === 0) return { image, values };
  const bytes = new Uint8Array(new SharedArrayBuffer(Math.ceil(size / pageSize) * pageSize));
  bytes.set(randomBytes(`${seed}/buffers`, bytes.byteLength));
  const segment: Segment = { address, bytes, readable: true, writable: true, executable: false };
  return { image: { ...image, segments: [...image.segments, segment] }, values };
}

/** Room for the buffers, away from the image and from where stacks are. */
function freeAddress(image: LoadedImage): bigint {
  let address = 0x2000_0000_0000n;
  const taken = (start: bigint): boolean =>
    image.segments.some(
      (segment) => start < segment.address + BigInt(segment.bytes.byteLength) && segment.address < start + 2n ** 32n,
    );
  while (taken(address)) address += 2n ** 32n;
  return address;
}
