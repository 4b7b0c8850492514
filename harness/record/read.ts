import { type RecordLine, recordLine } from './schema.ts';

/** A record that cannot be read: names the line and what is wrong with it. */
export class RecordError extends Error {
  override readonly name = 'RecordError';
  /** Line number, from 1. */
  readonly line: number;

  constructor(line: number, problem: string) {
    super(`record, line ${line}: ${problem}`);
    this.line = line;
  }
}

/**
 * Reads and validates a record (JSON Lines). Throws `RecordError` where a line is no JSON or has another shape, and
 * where the header or the final line is missing, as in a record cut short.
 */
export function readRecord(text: string): RecordLine[] {
  const lines = text.split('\n');
  if (lines.at(-1) === '') lines.pop();
  const record = lines.map((line, index) => readLine(line, index + 1));
  if (record[0]?.kind !== 'header') throw new RecordError(1, 'is not the header');
  if (record.at(-1)?.kind !== 'final') throw new RecordError(record.length, 'is not the final line: the record is cut');
  return record;
}

function readLine(line: string, number: number): RecordLine {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    throw new RecordError(number, 'is not JSON');
  }
  const result = recordLine.safeParse(value);
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  throw new RecordError(number, `${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'has another shape'}`);
}
