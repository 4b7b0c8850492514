import type { Architecture } from '../../engine/index.ts';
import { columnName, nameOfDwarf } from './register-name.ts';
import type { OracleFde, OracleRow } from './row.ts';

interface ReadelfCie {
  readonly returnColumn: string | undefined;
  /** Its row, where readelf prints one. */
  row: Omit<OracleRow, 'location'> | undefined;
}

type MutableFde = Omit<OracleFde, 'rows'> & { readonly rows: OracleRow[] };

/** Options that make readelf print what `parseReadelf` reads. */
export const readelfOptions = ['--debug-dump=frames-interp', '--wide'] as const;

const sectionLine = /^Contents of the (\S+) section/;
const entryLine = /^([0-9a-f]+) [0-9a-f]+ [0-9a-f]+ (CIE|FDE) (.*)$/;
const cieLine = /ra=(\d+)/;
const fdeLine = /cie=([0-9a-f]+) pc=([0-9a-f]+)\.\.([0-9a-f]+)/;
const rowLine = /^([0-9a-f]{8,16}) (\S.*)$/;

/**
 * Reads what `readelf --debug-dump=frames-interp` prints. readelf prints no row for an FDE that holds nothing but nops: such an FDE
 * has its CIE's row. Its `u` stands for an undefined register as well as for one without a rule.
 */
export function parseReadelf(output: string, architecture: Architecture): OracleFde[] {
  const fdes: MutableFde[] = [];
  const cieOfFde = new Map<MutableFde, ReadelfCie>();
  let cies = new Map<number, ReadelfCie>();
  let section = '';
  let cie: ReadelfCie | undefined;
  let fde: MutableFde | undefined;
  let columns: readonly (string | undefined)[] = [];
  for (const line of output.split('\n')) {
    const sectionName = sectionLine.exec(line)?.[1];
    if (sectionName !== undefined) {
      section = sectionName;
      cies = new Map();
      continue;
    }
    const entry = entryLine.exec(line);
    if (entry !== null) {
      const offset = Number.parseInt(entry[1]!, 16);
      columns = [];
      fde = undefined;
      if (entry[2] === 'CIE') {
        const returnColumn = nameOfDwarf(Number(cieLine.exec(entry[3]!)?.[1] ?? Number.NaN), architecture);
        cie = { returnColumn, row: undefined };
        cies.set(offset, cie);
        continue;
      }
      const match = fdeLine.exec(entry[3]!);
      if (match === null) continue;
      cie = cies.get(Number.parseInt(match[1]!, 16));
      fde = { section, offset, start: BigInt(`0x${match[2]}`), end: BigInt(`0x${match[3]}`), rows: [] };
      fdes.push(fde);
      if (cie !== undefined) cieOfFde.set(fde, cie);
      continue;
    }
    if (line.trimStart().startsWith('LOC ')) {
      const names = line.trim().split(/\s+/).slice(2);
      columns = names.map((name) => (name === 'ra' ? cie?.returnColumn : columnName(name, architecture)));
      continue;
    }
    const row = rowLine.exec(line);
    if (line.endsWith(' ZERO terminator')) {
      fde = undefined;
      cie = undefined;
    }
    if (row === null || cie === undefined) continue;
    // A register is printed as `r8 (r8)`.
    const [cfa, ...rules] = row[2]!
      .replace(/ \(\w+\)/g, '')
      .trim()
      .split(/\s+/);
    const content = { cfa: cfaText(cfa!, architecture), rules: namedRules(columns, rules, architecture) };
    if (fde === undefined) cie.row = content;
    else fde.rows.push({ location: BigInt(`0x${row[1]}`), ...content });
  }
  for (const [printed, owner] of cieOfFde) {
    const initial = owner.row ?? { cfa: 'u', rules: new Map<string, string>() };
    if (printed.rows.length === 0) printed.rows.push({ location: printed.start, ...initial });
  }
  return fdes;
}

function cfaText(text: string, architecture: Architecture): string {
  if (text === 'exp') return '{}';
  const match = /^(.*?)([+-]\d+)$/.exec(text);
  if (match === null) return text;
  const name = columnName(match[1]!, architecture) ?? match[1]!;
  return `${name}${offsetText(match[2]!)}`;
}

function namedRules(
  columns: readonly (string | undefined)[],
  rules: readonly string[],
  architecture: Architecture,
): Map<string, string> {
  const named = new Map<string, string>();
  columns.forEach((column, index) => {
    const rule = rules[index];
    if (column !== undefined && rule !== undefined) named.set(column, ruleText(rule, architecture));
  });
  return named;
}

function ruleText(rule: string, architecture: Architecture): string {
  if (rule === 'u' || rule === 's') return rule;
  if (rule === 'exp') return '[{}]';
  if (rule === 'vexp') return '{}';
  const saved = /^c([+-]\d+)$/.exec(rule)?.[1];
  if (saved !== undefined) return `[CFA${offsetText(saved)}]`;
  const value = /^v([+-]\d+)$/.exec(rule)?.[1];
  if (value !== undefined) return `CFA${offsetText(value)}`;
  return columnName(rule, architecture) ?? rule;
}

const offsetText = (text: string): string => (Number(text) === 0 ? '' : text);
