/** Columns of reports that go to no terminal. */
export const defaultWidth = 100;

/**
 * Breaks a text at spaces into lines of at most `width` characters; a word longer than that has a line of its own.
 * There is always one line.
 */
export function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  let line: string | undefined;
  for (const word of text.split(' ')) {
    if (line === undefined) line = word;
    else if (line.length + 1 + word.length <= width) line += ` ${word}`;
    else {
      lines.push(line);
      line = word;
    }
  }
  return [...lines, line ?? ''];
}

/** A text by 2 columns to the right, and its further lines by 4. */
export function indented(text: string, width: number): string[] {
  return wrap(text, width - 4).map((line, i) => `${i === 0 ? '  ' : '    '}${line}`);
}

/** A label and a text beside it, wrapped under itself. */
export function labelled(label: string, text: string, width: number): string[] {
  return wrap(text, Math.max(20, width - label.length)).map((line, i) =>
    i === 0 ? label + line : ' '.repeat(label.length) + line,
  );
}
