import { randomBytes } from '../execution/state.ts';
import type { LoadedImage, Segment } from '../loader/image.ts';
import { viewOf } from '../loader/pages.ts';
import type { Signatures } from './signatures.ts';
import { makeSizedBuffers } from './sized-buffers.ts';

/** What a buffer holds before a call. */
export type BufferContent = 'zero' | 'random' | 'text' | 'pointers';

const bufferSize = 0x1_0000;
/** Buffers of each kind: arguments of one call need not share theirs. */
const copies = 4;
const contents: readonly BufferContent[] = ['zero', 'random', 'text', 'pointers'];
/** Distance of words and lines in text buffers. */
const textLength = 40;

/** Writable memory the arguments of calls point to; what it holds is the same before each call. */
export interface Arena {
  readonly segments: readonly Segment[];
  /** Address of a buffer of 64 KiB; `copy` is 0 to 3. */
  buffer(content: BufferContent, copy: number): bigint;
  /** Address of a buffer of a size that a signature asks for at a position; it ends where memory ends. */
  sized(kind: 'buffer' | 'out', position: number, size: number): bigint;
}

/** Makes the buffers, away from the image. */
export function makeArena(image: LoadedImage, seed: string, signatures: Signatures): Arena {
  const address = freeAddress(image);
  const bytes = new Uint8Array(new SharedArrayBuffer(contents.length * copies * bufferSize));
  const place = (content: BufferContent, copy: number) => (contents.indexOf(content) * copies + copy) * bufferSize;
  for (let copy = 0; copy < copies; copy++) {
    const at = (content: BufferContent) => bytes.subarray(place(content, copy), place(content, copy) + bufferSize);
    at('random').set(randomBytes(`${seed}/arena/${copy}`, bufferSize));
    fillText(at('text'), randomBytes(`${seed}/text/${copy}`, bufferSize));
    // Each word leads to a zero buffer: what a function finds behind a pointer can be followed once more.
    const view = viewOf(at('pointers'));
    for (let offset = 0; offset < bufferSize; offset += 8) {
      view.setBigUint64(offset, address + BigInt(place('zero', copy) + offset), true);
    }
  }
  const sized = makeSizedBuffers(address + 2n ** 31n, seed, signatures);
  return {
    segments: [{ address, bytes, readable: true, writable: true, executable: false }, ...sized.segments],
    sized: sized.addressOf,
    buffer: (content, copy) => address + BigInt(place(content, copy)),
  };
}

/** Words of letters and numbers, each line ended by NUL. */
function fillText(bytes: Uint8Array, random: Uint8Array): void {
  const letters = 'abcdefghijklmnopqrstuvwxyz0123456789ABCDEF .,:/=-%';
  for (let i = 0; i < bytes.length; i++) {
    bytes[i] = i % textLength === textLength - 1 ? 0 : letters.charCodeAt(random[i]! % letters.length);
  }
}

function freeAddress({ segments }: LoadedImage): bigint {
  let address = 0x2000_0000_0000n;
  const taken = (start: bigint): boolean =>
    segments.some((one) => start < one.address + BigInt(one.bytes.length) && one.address < start + 2n ** 32n);
  while (taken(address)) address += 2n ** 32n;
  return address;
}
