import { describe, expect, it } from 'vitest';
import { formatRecord, readRecord } from '../../../harness/record/index.ts';
import { record } from '../../reports/record.ts';

const text = formatRecord(record);
const lines = text.trimEnd().split('\n');
const changed = (index: number, change: (line: Record<string, unknown>) => void) => {
  const line = JSON.parse(lines[index]!);
  change(line);
  return lines.with(index, JSON.stringify(line)).join('\n');
};

describe('readRecord()', () => {
  it('reads what was written', () => {
    expect(readRecord(text)).toEqual(record);
  });

  it.each([
    ['a line that is no JSON', lines.with(1, '{').join('\n'), 'record, line 2: is not JSON'],
    ['a missing header', lines.slice(1).join('\n'), 'record, line 1: is not the header'],
    ['a record cut short', lines.slice(0, -1).join('\n'), /line \d+: is not the final line: the record is cut/],
    ['an empty record', '', 'record, line 1: is not the header'],
    ['another schema', changed(0, (line) => (line.schema = 'plumbline-record/2')), /line 1: schema: /],
    ['a missing key', changed(1, (line) => delete line.count), /line 2: count: /],
    ['an unknown key', changed(1, (line) => (line.extra = 1)), /line 2: .*extra/],
    ['a negative count', changed(3, (line) => (line.stops = -1)), /line 4: stops: /],
    ['an unknown kind', changed(2, (line) => (line.kind = 'other')), /line 3: kind: /],
  ])('refuses %s and names the line', (_name, broken, message) => {
    expect(() => readRecord(broken)).toThrow(message);
  });
});
