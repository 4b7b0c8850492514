import type { Architecture } from '../../../engine/architecture/index.ts';
import { CfaKind, type Row, RuleKind } from '../../../engine/row/row.ts';

/** One FDE of `readelf --debug-dump=frames-interp`: its rows by address, each as `CFA=… register=…`. */
export interface ReadelfFde {
  readonly offset: number;
  readonly start: bigint;
  readonly end: bigint;
  /** Empty where readelf prints no table: the CIE's rules hold throughout. */
  readonly rows: ReadonlyMap<bigint, string>;
}

/** Parses the dump of one section, by the section's heading. */
export function parseReadelfFrames(text: string, section: string): ReadelfFde[] {
  const found: ReadelfFde[] = [];
  let rows: Map<bigint, string> | undefined;
  let columns: string[] = [];
  let inSection = false;
  for (const line of text.split('\n')) {
    const heading = /^Contents of the (\S+) section/.exec(line);
    if (heading) inSection = heading[1] === section;
    if (!inSection) continue;
    const fde = /^([0-9a-f]+) [0-9a-f]+ [0-9a-f]+ FDE .*pc=([0-9a-f]+)\.\.([0-9a-f]+)/.exec(line);
    if (fde) {
      rows = new Map();
      found.push({
        offset: Number.parseInt(fde[1]!, 16),
        start: BigInt(`0x${fde[2]}`),
        end: BigInt(`0x${fde[3]}`),
        rows,
      });
    } else if (/ CIE /.test(line)) rows = undefined;
    else if (/^\s+LOC\s/.test(line)) columns = line.trim().split(/\s+/).slice(1);
    else if (rows !== undefined && /^[0-9a-f]{16} /.test(line)) {
      const [location, ...values] = line.trim().split(/\s+/);
      // A later line for the same address shows the state after more instructions there.
      rows.set(BigInt(`0x${location}`), columns.map((column, i) => `${column}=${values[i]}`).join(' '));
    }
  }
  return found;
}

/** Our row as readelf would print it, with the columns it printed. */
export function asReadelf(row: Row, columns: readonly string[], architecture: Architecture): string {
  const rules = new Map<string, string>();
  for (let i = 0; i < row.ruleCount; i++) {
    const column = row.ruleColumn[i]!;
    rules.set(column === row.returnColumn ? 'ra' : architecture.columnNames[column]!, ruleText(row, i, architecture));
  }
  const unknown = [...rules.keys()].filter((name) => !columns.includes(name) && rules.get(name) !== 'u');
  if (unknown.length > 0) throw new Error(`readelf has no column for ${unknown}`);
  return columns
    .map((column) => `${column}=${column === 'CFA' ? cfaText(row, architecture) : (rules.get(column) ?? 'u')}`)
    .join(' ');
}

function cfaText(row: Row, architecture: Architecture): string {
  if (row.cfaKind === CfaKind.expression) return 'exp';
  return `${architecture.columnNames[row.cfaColumn]}${offsetText(row.cfaLo)}`;
}

function ruleText(row: Row, i: number, architecture: Architecture): string {
  const lo = row.ruleLo[i]!;
  switch (row.ruleKind[i]) {
    case RuleKind.undefined:
      return 'u';
    case RuleKind.sameValue:
      return 's';
    case RuleKind.offset:
      return `c${offsetText(lo)}`;
    case RuleKind.valOffset:
      return `v${offsetText(lo)}`;
    case RuleKind.register:
      return architecture.columnNames[lo]!;
    case RuleKind.expression:
      return 'exp';
    default:
      return 'vexp';
  }
}

function offsetText(lo: number): string {
  const offset = lo | 0;
  return offset < 0 ? `${offset}` : `+${offset}`;
}
