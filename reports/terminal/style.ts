import { styleText } from 'node:util';
import { defaultWidth } from './wrap.ts';

/** Colours a text; without colours it returns the text as it is. */
export type Style = (style: 'green' | 'red' | 'yellow' | 'bold' | 'dim', text: string) => string;

/** Colours for a terminal only, and only where NO_COLOR is not set. */
export function styleFor(isTerminal: boolean): Style {
  if (!isTerminal || (process.env.NO_COLOR ?? '') !== '') return (_style, text) => text;
  return (style, text) => styleText(style, text, { validateStream: false });
}

/** Columns of standard output where it is a terminal; otherwise the default. */
export function terminalWidth(): number {
  return process.stdout.isTTY ? Math.max(60, process.stdout.columns) : defaultWidth;
}
