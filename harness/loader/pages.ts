import { UnwindError } from '../../engine/index.ts';
import type { Segment } from './image.ts';

export const pageSize = 0x1000n;

/** Most memory one image may occupy, bytes. */
export const memoryLimit = 256 * 2 ** 20;

/** A stretch of the program's memory to be mapped, not yet rounded to pages. */
export interface Region {
  readonly address: bigint;
  /** Bytes in memory; what `bytes` does not cover is zero. */
  readonly size: number;
  readonly bytes: Uint8Array;
  readonly readable: boolean;
  readonly writable: boolean;
  readonly executable: boolean;
}

interface PageRange {
  start: bigint;
  end: bigint;
  regions: Region[];
}

export const pageFloor = (address: bigint): bigint => address & ~(pageSize - 1n);
export const pageCeiling = (address: bigint): bigint => pageFloor(address + pageSize - 1n);

/**
 * Maps regions: each gets pages of its own, regions that share a page become one segment with the rights of both.
 * Ascending by address. Throws `UnwindError` where regions overlap, leave the address space or need more memory than
 * `memoryLimit`.
 */
export function mapRegions(regions: readonly Region[], source: string): Segment[] {
  const sorted = regions.filter((region) => region.size > 0).sort((a, b) => compare(a.address, b.address));
  const ranges: PageRange[] = [];
  let previousEnd = 0n;
  let total = 0n;
  for (const region of sorted) {
    const end = region.address + BigInt(region.size);
    if (end > 2n ** 64n - pageSize) throw invalid(source, `${describe(region)} must end within the address space`);
    if (region.address < previousEnd) throw invalid(source, `${describe(region)} must not overlap the one before it`);
    previousEnd = end;
    const last = ranges.at(-1);
    if (last !== undefined && pageFloor(region.address) < last.end) {
      total += pageCeiling(end) - last.end;
      last.end = pageCeiling(end);
      last.regions.push(region);
    } else {
      ranges.push({ start: pageFloor(region.address), end: pageCeiling(end), regions: [region] });
      total += pageCeiling(end) - pageFloor(region.address);
    }
    if (total > memoryLimit) throw invalid(source, `an image must need at most ${memoryLimit} bytes of memory`);
  }
  return ranges.map(toSegment);
}

function toSegment({ start, end, regions }: PageRange): Segment {
  const bytes = new Uint8Array(new SharedArrayBuffer(Number(end - start)));
  for (const region of regions) bytes.set(region.bytes, Number(region.address - start));
  return {
    address: start,
    bytes,
    readable: regions.some((region) => region.readable),
    writable: regions.some((region) => region.writable),
    executable: regions.some((region) => region.executable),
  };
}

/** The bytes of `length` from an address on, or undefined where no segment holds all of them. */
export function bytesAt(segments: readonly Segment[], address: bigint, length: number): Uint8Array | undefined {
  for (const segment of segments) {
    const offset = address - segment.address;
    if (offset >= 0n && offset + BigInt(length) <= BigInt(segment.bytes.byteLength)) {
      return segment.bytes.subarray(Number(offset), Number(offset) + length);
    }
  }
  return undefined;
}

/** A view for reading and writing fields of a stretch of bytes. */
export function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

const compare = (a: bigint, b: bigint): number => (a < b ? -1 : a > b ? 1 : 0);

const describe = (region: Region): string => `the segment at 0x${region.address.toString(16)} of ${region.size} bytes`;

const invalid = (source: string, expectation: string): UnwindError =>
  new UnwindError('invalid', source, -1, expectation);
