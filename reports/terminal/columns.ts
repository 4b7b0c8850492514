import { wrap } from './wrap.ts';

/** A cell: its text, how it is coloured, and on which side of its column it stands. */
export interface Cell {
  readonly text: string;
  readonly align?: 'right';
  paint?(text: string): string;
}

/** Columns the last cell has at least. */
const narrowest = 8;

/**
 * Lays rows out in columns as wide as their widest cell, two spaces apart. What the last cell of a row has beyond `width`
 * columns goes below it, in further lines of the same string.
 */
export function layOut(rows: readonly (readonly Cell[])[], width = Number.POSITIVE_INFINITY): string[] {
  const widths: number[] = [];
  for (const row of rows) {
    for (const [column, { text }] of row.entries()) widths[column] = Math.max(widths[column] ?? 0, text.length);
  }
  return rows.map((row) => {
    const [last, ...before] = row.toReversed();
    const start = before
      .map((cell, i) => `${place(cell, widths[before.length - 1 - i]!)}  `)
      .reverse()
      .join('');
    const left = widths.slice(0, before.length).reduce((sum, column) => sum + column + 2, 0);
    const { text } = last!;
    const lines = text.length <= width - left ? [text] : wrap(text, Math.max(narrowest, width - left));
    return lines
      .map((line) => place({ ...last!, text: line }, last!.align === 'right' ? widths[before.length]! : 0))
      .map((line, i) => ((i === 0 ? start : ' '.repeat(left)) + line).trimEnd())
      .join('\n');
  });
}

function place({ text, align, paint }: Cell, width: number): string {
  // Padded first: colours have no width.
  const padded = align === 'right' ? text.padStart(width) : text.padEnd(width);
  return paint === undefined ? padded : paint(padded);
}
