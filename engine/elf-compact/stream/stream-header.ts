import type { ByteReader } from '../../dwarf/byte-reader.ts';
import { UnwindError } from '../../errors.ts';
import type { AddressGrid } from './address-grid.ts';
import { addressEncoding, mostAlignShift, mostRecordsPerBlock, streamVersion } from './constants.ts';

export interface StreamHeader {
  readonly grid: AddressGrid;
  readonly personalityCount: number;
  /** Of each block but the last one. */
  readonly recordsPerBlock: number;
  readonly lsdasPerBlock: number;
  readonly recordCount: number;
  readonly lsdaCount: number;
}

/** Reads the header at the section's start, and goes behind it. Throws `UnwindError` where it is unusable. */
export function readStreamHeader(reader: ByteReader): StreamHeader {
  const version = reader.u8();
  const encoding = reader.u8();
  if (version !== streamVersion || encoding !== addressEncoding) {
    const expectation = `expected version 0x${streamVersion.toString(16)} with addresses relative to the section`;
    throw new UnwindError('unsupported', reader.section, 0, expectation);
  }
  const unitShift = reader.u8();
  const alignShift = reader.u8();
  const phase = reader.u8();
  if (unitShift > alignShift || alignShift > mostAlignShift || phase >= 2 ** alignShift) {
    throw reader.invalid(`an alignment of at most ${2 ** mostAlignShift}, not below the unit, and a phase below it`, 2);
  }
  const personalityCount = reader.u8();
  const recordsPerBlock = reader.u8();
  const lsdasPerBlock = reader.u8();
  for (const count of [recordsPerBlock, lsdasPerBlock]) {
    if (count === 0 || count > mostRecordsPerBlock)
      throw reader.invalid(`blocks of 1 to ${mostRecordsPerBlock} records`, 6);
  }
  const recordCount = reader.u32();
  const lsdaCount = reader.u32();
  const grid = { unit: 2 ** unitShift, alignment: 2 ** alignShift, phase };
  return { grid, personalityCount, recordsPerBlock, lsdasPerBlock, recordCount, lsdaCount };
}
