import { EntryHeader } from '../../engine/dwarf/entry-header.ts';
import { Fde } from '../../engine/dwarf/fde.ts';
import { scanEntry } from '../../engine/dwarf/scan.ts';
import type { FrameSection } from '../../engine/index.ts';
import type { Range } from './check-ranges.ts';
import { RowCheck } from './check-rows.ts';
import type { Findings } from './findings.ts';
import { hex } from './hex.ts';

/**
 * Reads every entry of a section, and what its FDEs say; returns what they cover, in the section's order. The zero length
 * at the end is the linker's: objects have none.
 */
export function checkSection(section: FrameSection, isObject: boolean, findings: Findings): Range[] {
  const { kind } = section;
  const { bytes } = section.section;
  const rows = new RowCheck(section, findings);
  const ranges: Range[] = [];
  const header = new EntryHeader();
  const fde = new Fde();
  let offset = 0;
  let end = -1;
  while (offset < bytes.length && end < 0) {
    const next = scanEntry(section, offset, header, fde, {
      fde(found) {
        ranges.push({
          start: (BigInt(found.startHi) << 32n) | BigInt(found.startLo),
          end: (BigInt(found.endHi) << 32n) | BigInt(found.endLo),
          offset: found.offset,
        });
        rows.fde(found);
      },
      broken(error, at) {
        const place = error.offset >= 0 ? error.offset : at;
        const message = error.message.slice(error.message.indexOf(': ') + 2);
        findings.add({ kind: 'entry-broken', section: kind, offset: place, message });
      },
    });
    if (kind === '.eh_frame' && header.kind === 'terminator' && header.end === offset + 4) end = header.end;
    offset = next;
  }
  if (kind === '.eh_frame' && !(isObject && end < 0)) checkEnd(bytes, end, findings);
  return ranges;
}

/** `end`: the offset behind the zero length; -1 where there is none. */
function checkEnd(bytes: Uint8Array, end: number, findings: Findings): void {
  const section = '.eh_frame';
  if (end < 0) {
    findings.add({ kind: 'terminator-missing', section, message: `the section ends at ${hex(bytes.length)}` });
  } else if (bytes.subarray(end).some((byte) => byte !== 0)) {
    const message = `${bytes.length - end} bytes follow`;
    findings.add({ kind: 'terminator-early', section, offset: end - 4, message });
  }
}
