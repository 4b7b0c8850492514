import { type FrameSection, formatRow, rowsOf, UnwindError } from '../../engine/index.ts';
import type { Range } from './check-ranges.ts';
import type { Findings } from './findings.ts';

/** Holds the rows of `.debug_frame` against those of `.eh_frame`, for functions of both: once a function. */
export function compareSections(
  ehFrame: FrameSection,
  debugFrame: FrameSection,
  ranges: readonly Range[],
  others: readonly Range[],
  findings: Findings,
): void {
  const { architecture } = ehFrame;
  const offsets = new Map(others.map(({ start, offset }) => [start, offset]));
  for (const { start, offset } of ranges) {
    const other = offsets.get(start);
    if (other === undefined) continue;
    // FDEs that overlap are reported by themselves; many of one function must not have the same rows read for each.
    offsets.delete(start);
    const rows = rowTexts(ehFrame, offset);
    const otherRows = rowTexts(debugFrame, other);
    // What cannot be read is reported by itself.
    if (rows === undefined || otherRows === undefined) continue;
    const addresses = [...new Set([...rows.keys(), ...otherRows.keys()])].sort((a, b) => (a < b ? -1 : 1));
    let row = 'nothing';
    let otherRow = 'nothing';
    for (const address of addresses) {
      row = rows.get(address) ?? row;
      otherRow = otherRows.get(address) ?? otherRow;
      if (row === otherRow) continue;
      const message = `.eh_frame says ${row}, .debug_frame ${otherRow}`;
      findings.add({ kind: 'sections-differ', section: debugFrame.kind, offset: other, address, message });
      break;
    }
  }

  function rowTexts(section: FrameSection, offset: number): Map<bigint, string> | undefined {
    const texts = new Map<bigint, string>();
    try {
      for (const row of rowsOf(section, offset)) {
        texts.set((BigInt(row.startHi) << 32n) | BigInt(row.startLo), formatRow(row, architecture));
      }
    } catch (error) {
      if (error instanceof UnwindError) return undefined;
      throw error;
    }
    return texts;
  }
}
