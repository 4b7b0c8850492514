/** A cell: its text, how it is coloured, and on which side of its column it stands. */
export interface Cell {
  readonly text: string;
  readonly align?: 'right';
  paint?(text: string): string;
}

/** Lays rows out in columns as wide as their widest cell, two spaces apart. */
export function layOut(rows: readonly (readonly Cell[])[]): string[] {
  const widths: number[] = [];
  for (const row of rows) {
    for (const [column, { text }] of row.entries()) widths[column] = Math.max(widths[column] ?? 0, text.length);
  }
  return rows.map((row) =>
    row
      .map((cell, column) => place(cell, widths[column]!))
      .join('  ')
      .trimEnd(),
  );
}

function place({ text, align, paint }: Cell, width: number): string {
  // Padded first: colours have no width.
  const padded = align === 'right' ? text.padStart(width) : text.padEnd(width);
  return paint === undefined ? padded : paint(padded);
}
