import type { RecordLine } from './schema.ts';

/** The record as JSON Lines. Equal runs give equal text but for what stands under keys named `timing`. */
export function formatRecord(lines: readonly RecordLine[]): string {
  return lines.map((line) => `${JSON.stringify(line)}\n`).join('');
}
