import { randomBytes } from '../execution/state.ts';
import type { Segment } from '../loader/image.ts';
import { largestBuffer, type Signatures } from './signatures.ts';

const pageSize = 0x1000;
/** Distance of two buffers' ends: between them at least as much is not mapped as one has. */
const distance = 2n * BigInt(largestBuffer);

/** Buffers that signatures ask for. */
export interface SizedBuffers {
  readonly segments: readonly Segment[];
  addressOf(kind: 'buffer' | 'out', position: number, size: number): bigint;
}

/**
 * Memory from an address on for the buffers of signatures, one for each position and kind: each ends where its memory
 * ends, so that whoever goes beyond it faults.
 */
export function makeSizedBuffers(address: bigint, seed: string, signatures: Signatures): SizedBuffers {
  const largest = new Map<string, number>();
  const keyOf = (kind: 'buffer' | 'out', position: number): string => `${kind}/${position}`;
  for (const parameters of Object.values(signatures)) {
    parameters.forEach((parameter, position) => {
      if (!('size' in parameter)) return;
      const key = keyOf(parameter.kind, position);
      largest.set(key, Math.max(largest.get(key) ?? 1, parameter.size));
    });
  }
  const ends = new Map<string, bigint>();
  const segments = [...largest].map(([key, size], i): Segment => {
    const bytes = new Uint8Array(new SharedArrayBuffer(Math.ceil(size / pageSize) * pageSize));
    if (key.startsWith('buffer')) bytes.set(randomBytes(`${seed}/sized/${key}`, bytes.length));
    const end = address + BigInt(i + 1) * distance;
    ends.set(key, end);
    return { address: end - BigInt(bytes.length), bytes, readable: true, writable: true, executable: false };
  });
  return { segments, addressOf: (kind, position, size) => ends.get(keyOf(kind, position))! - BigInt(size) };
}
