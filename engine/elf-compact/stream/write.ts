import type { LinkedContent } from '../linked-form.ts';
import { type AddressGrid, distanceNumber, distanceSymbol, gridOf } from './address-grid.ts';
import { BitWriter } from './bit-writer.ts';
import { CodeWriter } from './code-writer.ts';
import {
  addressEncoding,
  byteSymbolSize,
  headerSize,
  indexEntrySize,
  lsdaIndexEntrySize,
  lsdasPerBlock,
  recordsPerBlock,
  streamVersion,
} from './constants.ts';
import { DescriptorCodes } from './descriptor-codes.ts';
import { DescriptorIds } from './descriptor-ids.ts';
import { LsdaCodes } from './lsda-codes.ts';
import { putLowBits } from './number-code.ts';
import { countSymbol } from './symbol-counts.ts';

/** How often a descriptor may have to occur for a symbol of its own: what makes the section smallest is taken. */
const leastCounts = [4, 8, 16, 32, Number.POSITIVE_INFINITY];

/** Makes a section in the stream form, see FORMAT.md. Throws `RangeError` where addresses do not ascend. */
export function writeStream(content: LinkedContent): {
  readonly bytes: Uint8Array;
  readonly parts: Readonly<Record<string, number>>;
} {
  const { descriptors, end, personalities, lsdaFunction, lsdaFunctionEnd, lsda } = content;
  const { count } = descriptors;
  const start = descriptors.start.subarray(0, count);
  requireAscending([...start, end]);
  requireAscending(interleaved(lsdaFunction, lsdaFunctionEnd));
  const grid = gridOf([start, Int32Array.of(end), lsdaFunction, lsdaFunctionEnd]);
  const endOf = (i: number): number => (i + 1 < count ? start[i + 1]! : end);

  const codes = bestCodes(content);
  const lengths = lengthCode(start, grid);
  const lsdaCodes = new LsdaCodes(content, grid);
  const lsdaCount = lsdaFunction.length;

  const blockCount = Math.ceil(count / recordsPerBlock);
  const lsdaBlockCount = Math.ceil(lsdaCount / lsdasPerBlock);
  const indexSize = indexEntrySize * (blockCount + 1);
  const lsdaIndexSize = lsdaCount === 0 ? 0 : lsdaIndexEntrySize * (lsdaBlockCount + 1);
  const tables = headerSize + indexSize + 4 * personalities.length + lsdaIndexSize;

  const rest = new BitWriter();
  codes.putCodes(rest);
  lengths.putCode(rest, (symbol) => rest.putBytes(symbol, byteSymbolSize));
  const dictionaryEnd = rest.byteCount;
  if (lsdaCount > 0) lsdaCodes.putCodes(rest);
  const lsdaDictionaryEnd = rest.byteCount;
  const offsets = putBlocks(rest, count, recordsPerBlock, tables, (i) => {
    codes.put(rest, i);
    if ((i + 1) % recordsPerBlock === 0 || i + 1 === count) return;
    lengths.put(rest, distanceSymbol(grid, start[i]!, endOf(i)));
    putLowBits(rest, distanceNumber(grid, start[i]!, endOf(i)));
  });
  const blocksEnd = rest.byteCount;
  const lsdaOffsets = putBlocks(rest, lsdaCount, lsdasPerBlock, tables, (i) => lsdaCodes.put(rest, i));

  const bytes = new Uint8Array(tables + rest.byteCount);
  bytes.set(rest.bytes(), tables);
  const view = new DataView(bytes.buffer);
  const { unit, alignment, phase } = grid;
  bytes.set([streamVersion, addressEncoding, Math.log2(unit), Math.log2(alignment)]);
  bytes.set([phase, personalities.length, recordsPerBlock, lsdasPerBlock], 4);
  view.setUint32(8, count, true);
  view.setUint32(12, lsdaCount, true);
  let position = headerSize;
  const put = (value: number): void => {
    view.setInt32(position, value, true);
    position += 4;
  };
  for (let block = 0; block <= blockCount; block++) {
    put(block < blockCount ? start[block * recordsPerBlock]! : end);
    put(offsets[block]!);
  }
  for (const personality of personalities) put(personality);
  for (let block = 0; lsdaCount > 0 && block <= lsdaBlockCount; block++) {
    const first = block * lsdasPerBlock;
    put(block < lsdaBlockCount ? lsdaFunction[first]! : lsdaFunctionEnd[lsdaCount - 1]!);
    put(block < lsdaBlockCount ? lsda[first]! : 0);
    put(lsdaOffsets[block]!);
  }
  const lsdaBytes = lsdaIndexSize + (lsdaDictionaryEnd - dictionaryEnd) + (rest.byteCount - blocksEnd);
  const parts = {
    header: headerSize,
    index: indexSize,
    dictionary: dictionaryEnd,
    pages: blocksEnd - lsdaDictionaryEnd,
    personalities: 4 * personalities.length,
    lsda: lsdaBytes,
  };
  return { bytes, parts };
}

/** Writes records in blocks that begin at a byte each; returns the blocks' offsets and that behind the last one. */
function putBlocks(
  out: BitWriter,
  count: number,
  perBlock: number,
  base: number,
  putRecord: (index: number) => void,
): number[] {
  const offsets: number[] = [];
  for (let i = 0; i < count; i++) {
    if (i % perBlock === 0) {
      out.align();
      offsets.push(base + out.byteCount);
    }
    putRecord(i);
  }
  out.align();
  offsets.push(base + out.byteCount);
  return offsets;
}

function bestCodes({ descriptors }: LinkedContent): DescriptorCodes {
  const ids = new DescriptorIds(descriptors, recordsPerBlock);
  const counts = new Map<number, number>();
  for (const number of ids.ofDescriptor) if (number >= 0) countSymbol(counts, number);
  const candidates = leastCounts.map((least) => new DescriptorCodes(descriptors, ids, counts, least));
  return candidates.reduce((best, each) => (each.totalBits < best.totalBits ? each : best));
}

/** The code of the ranges' lengths; the last one of a block ends where the next one begins. */
function lengthCode(start: Int32Array, grid: AddressGrid): CodeWriter {
  const counts = new Map<number, number>();
  for (let i = 1; i < start.length; i++) {
    if (i % recordsPerBlock !== 0) countSymbol(counts, distanceSymbol(grid, start[i - 1]!, start[i]!));
  }
  return new CodeWriter(counts);
}

function interleaved(starts: Int32Array, ends: Int32Array): number[] {
  return Array.from({ length: 2 * starts.length }, (_, i) => (i % 2 === 0 ? starts : ends)[i >>> 1]!);
}

function requireAscending(addresses: readonly number[]): void {
  for (let i = 1; i < addresses.length; i++) {
    if (addresses[i]! < addresses[i - 1]!) {
      throw new RangeError(`expected ascending addresses, found ${addresses[i]} after ${addresses[i - 1]}`);
    }
  }
}
