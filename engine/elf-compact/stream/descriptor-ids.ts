import type { DescriptorList } from '../descriptor-list.ts';
import { DescriptorNumbers } from '../distinct-descriptors.ts';
import { byFields, rawLow, sameLow } from './constants.ts';

/** The symbols that descriptors can be, numbered. */
export class DescriptorIds {
  /** By descriptor: the number of its symbol, or -1 where its bits are those of a special one. */
  readonly ofDescriptor: Int32Array;
  /** By descriptor: the symbol of its low half, `sameLow` where the one before in its block has the same. */
  readonly low: Uint32Array;
  /** By number: the symbol's halves. */
  readonly lo: number[] = [];
  readonly hi: number[] = [];

  constructor(list: DescriptorList, recordsPerBlock: number) {
    const numbers = new DescriptorNumbers();
    this.ofDescriptor = new Int32Array(list.count).fill(-1);
    this.low = new Uint32Array(list.count);
    for (let i = 0; i < list.count; i++) {
      const before = i % recordsPerBlock === 0 ? 0 : list.lo[i - 1]!;
      const hi = list.hi[i]!;
      const same = list.lo[i] === before;
      const lo = same ? sameLow : list.lo[i]!;
      const isSpecial = same ? hi === byFields : lo === sameLow;
      this.low[i] = !same && isSpecial ? rawLow : lo;
      if (isSpecial) continue;
      const number = numbers.numberOf(lo, hi);
      this.lo[number] = lo;
      this.hi[number] = hi;
      this.ofDescriptor[i] = number;
    }
  }
}
