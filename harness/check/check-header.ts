import { FrameHeader, type SectionBytes, UnwindError } from '../../engine/index.ts';
import type { Range } from './check-ranges.ts';
import type { Findings } from './findings.ts';
import { hex } from './hex.ts';

const section = '.eh_frame_hdr';

/**
 * Holds the table of `.eh_frame_hdr` against the FDEs of `.eh_frame`, which lies at `ehFrame`: sorted, complete, and every
 * entry leading to the function it is for.
 */
export function checkHeader(header: SectionBytes, ehFrame: bigint, ranges: readonly Range[], findings: Findings): void {
  let table: FrameHeader;
  try {
    table = new FrameHeader(header);
  } catch (error) {
    if (!(error instanceof UnwindError)) throw error;
    const { offset, message } = error;
    findings.add({ kind: 'header-unusable', section, ...(offset >= 0 && { offset }), message });
    return;
  }
  if (table.ehFrame !== undefined && table.ehFrame !== ehFrame) {
    const message = `it names ${hex(table.ehFrame)} as .eh_frame, which is at ${hex(ehFrame)}`;
    findings.add({ kind: 'header-unusable', section, message });
  }
  if (table.count === 0) {
    if (ranges.length > 0) {
      findings.add({ kind: 'header-without-table', section, message: `there are ${ranges.length} FDEs` });
    }
    return;
  }
  const starts = new Map(ranges.map(({ offset, start }) => [offset, start]));
  const listed = new Set<number>();
  let last: bigint | undefined;
  for (let entry = 0; entry < table.count; entry++) {
    const { address, fde } = table.entry(entry);
    const offset = Number(fde - ehFrame);
    const start = starts.get(offset);
    if (start !== address) {
      const found = start === undefined ? 'no FDE is there' : `that FDE begins at ${hex(start)}`;
      const message = `entry ${entry} leads from ${hex(address)} to ${hex(fde)}: ${found}`;
      findings.add({ kind: 'header-entry-wrong', section, address, message });
    } else listed.add(offset);
    if (last !== undefined && address < last) {
      const message = `entry ${entry}, ${hex(address)}, stands behind ${hex(last)}`;
      findings.add({ kind: 'header-unsorted', section, address, message });
    }
    last = address;
  }
  for (const { start, end, offset } of ranges) {
    if (start === end || listed.has(offset)) continue;
    const message = `the FDE of ${hex(start)} to ${hex(end)} has no entry`;
    findings.add({ kind: 'header-incomplete', section: '.eh_frame', offset, address: start, message });
  }
}
