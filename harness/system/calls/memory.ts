import { type CallResult, int, type SystemCalls, unsupported } from '../call.ts';
import { failure } from '../errors.ts';
import type { Linux } from '../linux.ts';
import { allRights, type PageRange, PROT_READ, PROT_WRITE, pageSize } from '../page-range.ts';

// include/uapi/linux/mman.h, include/uapi/asm-generic/mman-common.h
const MAP_FIXED = 0x10;
const MAP_ANONYMOUS = 0x20;
const MREMAP_MAYMOVE = 1;
const MREMAP_FIXED = 2;
const MADV_DONTNEED = 4;

/** brk, mmap and what changes mappings: pages come from arenas, lowest and topmost first, so that every run has the same. */
export const memoryCalls: SystemCalls = {
  brk({ memory }, [wanted]) {
    const { heap, heapEnd } = memory;
    if (wanted < heap.address || wanted > heap.end) return heapEnd;
    const [before, after] = [pagesUpTo(heap, heapEnd), pagesUpTo(heap, wanted)];
    if (after > before) give(heap, before, after - before, PROT_READ | PROT_WRITE);
    else heap.set(after, before - after, undefined);
    memory.heapEnd = wanted;
    memory.update();
    return wanted;
  },

  mmap(linux, [hint, length, rights, flags]) {
    const { memory } = linux;
    const { mappings } = memory;
    const isFixed = (int(flags) & MAP_FIXED) !== 0;
    if (length === 0n || (isFixed && (hint & BigInt(pageSize - 1)) !== 0n)) return failure('EINVAL');
    // No file is ever open but the standard streams, which cannot be mapped.
    if ((int(flags) & MAP_ANONYMOUS) === 0) return failure('EBADF');
    if (length > BigInt(mappings.bytes.byteLength)) return failure('ENOMEM');
    const count = pagesOf(length);
    if (isFixed) {
      // The heap is such room, too: musl's malloc puts a page without rights there.
      const range = [mappings, memory.heap].find((one) => isWithin(one, hint, count));
      if (range === undefined) return unsupported('a mapping at an address outside the room for mappings');
      return place(linux, range, pagesUpTo(range, hint), count, rights);
    }
    const first = freePages(mappings, count);
    return first < 0 ? failure('ENOMEM') : place(linux, mappings, first, count, rights);
  },

  munmap: ({ memory }, [address, length]) => {
    if (length === 0n || (address & BigInt(pageSize - 1)) !== 0n) return failure('EINVAL');
    const range = memory.rangeOf(address);
    const count = pagesOf(length);
    if (range === undefined || !isWithin(range, address, count)) return unsupported('unmapping more than one mapping');
    range.set(pagesUpTo(range, address), count, undefined);
    memory.update();
    return 0n;
  },

  mprotect({ memory }, [address, length, rights]) {
    if ((address & BigInt(pageSize - 1)) !== 0n) return failure('EINVAL');
    if (length === 0n) return 0n;
    const range = memory.rangeOf(address);
    const count = pagesOf(length);
    if (range === undefined || !isWithin(range, address, count)) return failure('ENOMEM');
    const first = pagesUpTo(range, address);
    for (let page = first; page < first + count; page++) if (!range.isPresent(page)) return failure('ENOMEM');
    range.set(first, count, int(rights) & allRights);
    memory.update();
    return 0n;
  },

  mremap(linux, [address, oldLength, newLength, flags]) {
    const { mappings } = linux.memory;
    if ((int(flags) & ~MREMAP_MAYMOVE & ~MREMAP_FIXED) !== 0 || newLength === 0n) return failure('EINVAL');
    if ((int(flags) & MREMAP_FIXED) !== 0) return unsupported('moving a mapping to a given address');
    const [before, after] = [pagesOf(oldLength), pagesOf(newLength)];
    if ((address & BigInt(pageSize - 1)) !== 0n || !isWithin(mappings, address, before)) return failure('EFAULT');
    const first = pagesUpTo(mappings, address);
    if (after <= before) {
      mappings.set(first + after, before - after, undefined);
      linux.memory.update();
      return address;
    }
    if ((int(flags) & MREMAP_MAYMOVE) === 0) return failure('ENOMEM');
    const target = freePages(mappings, after);
    if (target < 0) return failure('ENOMEM');
    const moved = place(linux, mappings, target, after, BigInt(PROT_READ | PROT_WRITE));
    mappings.bytes.copyWithin(target * pageSize, first * pageSize, (first + before) * pageSize);
    mappings.set(first, before, undefined);
    linux.memory.update();
    return moved;
  },

  madvise({ memory }, [address, length, advice]) {
    const { heap, mappings } = memory;
    const range = memory.rangeOf(address);
    if (int(advice) !== MADV_DONTNEED || range === undefined) return 0n;
    if (range !== heap && range !== mappings) return unsupported('giving up pages of a file');
    if (!isWithin(range, address, pagesOf(length))) return failure('ENOMEM');
    range.zero(pagesUpTo(range, address), pagesOf(length));
    return 0n;
  },
};

/** Puts zeroed pages into room for them; returns their address. */
function place({ memory }: Linux, range: PageRange, first: number, count: number, rights: bigint): CallResult {
  give(range, first, count, int(rights) & allRights);
  memory.update();
  return range.address + BigInt(first * pageSize);
}

function give(range: PageRange, first: number, count: number, rights: number): void {
  range.zero(first, count);
  range.set(first, count, rights);
}

/** The topmost so many free pages, as Linux gives them out; -1 where there are none. */
function freePages(range: PageRange, count: number): number {
  let free = 0;
  for (let page = range.pageCount - 1; page >= 0; page--) {
    free = range.isPresent(page) ? 0 : free + 1;
    if (free === count) return page;
  }
  return -1;
}

const pagesOf = (length: bigint): number => Math.ceil(Number(length) / pageSize);

/** Pages of a range from its beginning up to an address in it, a begun one included. */
const pagesUpTo = (range: PageRange, address: bigint): number => pagesOf(address - range.address);

const isWithin = (range: PageRange, address: bigint, pages: number): boolean =>
  address >= range.address && address + BigInt(pages) * BigInt(pageSize) <= range.end;
