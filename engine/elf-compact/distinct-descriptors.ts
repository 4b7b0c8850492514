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

/** Numbers descriptors in the order of their first occurrence. */
export class DescriptorNumbers {
  readonly #numbers = new TripleMap(1024);

  /** How many different ones there were. */
  get count(): number {
    return this.#numbers.count;
  }

  /** The number of a descriptor, given as unsigned halves: `count` as it was before where it is a new one. */
  numberOf(lo: number, hi: number): number {
    const numbers = this.#numbers;
    // The first of three must not be negative.
    const known = numbers.get(lo >>> 1, lo & 1, hi | 0);
    if (known >= 0) return known;
    const number = numbers.count;
    numbers.add(lo >>> 1, lo & 1, hi | 0, number);
    return number;
  }
}

export function distinctDescriptors(list: DescriptorList): DistinctDescriptors {
  const known = new DescriptorNumbers();
  const lo = new Uint32Array(list.count);
  const hi = new Uint32Array(list.count);
  const numbers = new Uint32Array(list.count);
  for (let i = 0; i < list.count; i++) {
    const number = known.numberOf(list.lo[i]!, list.hi[i]!);
    lo[number] = list.lo[i]!;
    hi[number] = list.hi[i]!;
    numbers[i] = number;
  }
  const { count } = known;
  return { count, lo: lo.subarray(0, count), hi: hi.subarray(0, count), numbers };
}
