import { TripleMap } from '../precomputed/triple-map.ts';
import type { DescriptorList } from './descriptor-list.ts';

/** The different descriptors of a list, numbered in the order of their first occurrence. */
export interface DistinctDescriptors {
  readonly count: number;
  /** By number. */
  readonly lo: Uint32Array;
  readonly hi: Uint32Array;
  /** By descriptor of the list: its number. */
  readonly numbers: Uint32Array;
}

export function distinctDescriptors(list: DescriptorList): DistinctDescriptors {
  const numberOf = new TripleMap(1024);
  const lo = new Uint32Array(list.count);
  const hi = new Uint32Array(list.count);
  const numbers = new Uint32Array(list.count);
  for (let i = 0; i < list.count; i++) {
    const low = list.lo[i]!;
    const high = list.hi[i]!;
    // The first of three must not be negative.
    let number = numberOf.get(low >>> 1, low & 1, high | 0);
    if (number < 0) {
      number = numberOf.count;
      numberOf.add(low >>> 1, low & 1, high | 0, number);
      lo[number] = low;
      hi[number] = high;
    }
    numbers[i] = number;
  }
  const { count } = numberOf;
  return { count, lo: lo.subarray(0, count), hi: hi.subarray(0, count), numbers };
}
