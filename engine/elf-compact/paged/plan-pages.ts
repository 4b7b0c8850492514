import type { DescriptorList } from '../descriptor-list.ts';
import type { DistinctDescriptors } from '../distinct-descriptors.ts';
import {
  descriptorSize,
  entrySize,
  firstOwnNumber,
  indexEntrySize,
  mostDistance,
  mostPageBytes,
  pageHeaderSize,
} from './constants.ts';

/** Which descriptors are in the dictionary, and where pages begin. */
export interface PagePlan {
  /** Numbers of distinct descriptors, most frequent first. */
  readonly dictionary: Uint32Array;
  /** By distinct descriptor: place in the dictionary, or -1. */
  readonly place: Int32Array;
  /** By page: its first descriptor in the list; one entry more than there are pages. */
  readonly firstOf: readonly number[];
  /** Bytes of dictionary, pages and their index entries. */
  readonly size: number;
}

/** A dictionary changes where pages begin, and that changes what is worth a place in it; more rounds bring nothing. */
const rounds = 4;

/**
 * A descriptor takes 8 bytes in the dictionary, or in each page that uses it. So those of the most pages are in the
 * dictionary, and those of a single page are not.
 */
export function planPages(list: DescriptorList, distinct: DistinctDescriptors): PagePlan {
  const uses = new Uint32Array(distinct.count);
  for (const number of distinct.numbers) uses[number]!++;
  let best = cutPages(list, distinct, dictionaryOf(uses, uses));
  for (let round = 0; round < rounds; round++) {
    const plan = cutPages(list, distinct, dictionaryOf(pagesUsing(distinct, best.firstOf), uses));
    if (plan.size > best.size) break;
    best = plan;
  }
  return best;
}

/** The descriptors of at least two pages, at most as many as there are numbers for, most frequent first. */
function dictionaryOf(pages: Uint32Array, uses: Uint32Array): Uint32Array {
  const worthy = new Uint32Array(pages.length);
  let count = 0;
  for (let number = 0; number < pages.length; number++) if (pages[number]! > 1) worthy[count++] = number;
  const ranked = worthy.subarray(0, count).sort((a, b) => pages[b]! - pages[a]! || uses[b]! - uses[a]! || a - b);
  return ranked.slice(0, firstOwnNumber).sort((a, b) => uses[b]! - uses[a]! || a - b);
}

/** Makes every page as full as it can be. */
function cutPages(list: DescriptorList, distinct: DistinctDescriptors, dictionary: Uint32Array): PagePlan {
  const place = new Int32Array(distinct.count).fill(-1);
  dictionary.forEach((number, i) => {
    place[number] = i;
  });
  const lastPage = new Int32Array(distinct.count).fill(-1);
  const firstOf: number[] = [];
  let bytes = mostPageBytes;
  let total = 0;
  let pageStart = 0;
  for (let i = 0; i < list.count; i++) {
    const number = distinct.numbers[i]!;
    const page = firstOf.length - 1;
    const isOwn = place[number]! < 0;
    let size = entrySize + (isOwn && lastPage[number] !== page ? descriptorSize : 0);
    if (page < 0 || bytes + size > mostPageBytes || list.start[i]! - pageStart > mostDistance) {
      firstOf.push(i);
      pageStart = list.start[i]!;
      bytes = pageHeaderSize;
      total += pageHeaderSize + indexEntrySize;
      size = entrySize + (isOwn ? descriptorSize : 0);
    }
    lastPage[number] = firstOf.length - 1;
    bytes += size;
    total += size;
  }
  firstOf.push(list.count);
  return { dictionary, place, firstOf, size: total + descriptorSize * dictionary.length };
}

/** By distinct descriptor: how many pages use it. */
function pagesUsing(distinct: DistinctDescriptors, firstOf: readonly number[]): Uint32Array {
  const pages = new Uint32Array(distinct.count);
  const lastPage = new Int32Array(distinct.count).fill(-1);
  for (let page = 0; page + 1 < firstOf.length; page++) {
    for (let i = firstOf[page]!; i < firstOf[page + 1]!; i++) {
      const number = distinct.numbers[i]!;
      if (lastPage[number] === page) continue;
      lastPage[number] = page;
      pages[number]!++;
    }
  }
  return pages;
}
