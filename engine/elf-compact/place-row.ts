import type { Row } from '../row/row.ts';

const wrap = 2 ** 32;

/** Moves a row that a layout filled to where the descriptor's range starts, modulo 2^64. */
export function placeRow(row: Row, startLo: number, startHi: number): void {
  row.functionLo = startLo >>> 0;
  row.functionHi = startHi >>> 0;
  // Ranges may be longer than 2^31, but not than 2^33, so the sums stay exact.
  const rowStart = startLo + row.startLo;
  const rowEnd = startLo + row.endLo;
  row.startHi = (startHi + Math.floor(rowStart / wrap)) >>> 0;
  row.endHi = (startHi + Math.floor(rowEnd / wrap)) >>> 0;
  row.startLo = rowStart >>> 0;
  row.endLo = rowEnd >>> 0;
}
