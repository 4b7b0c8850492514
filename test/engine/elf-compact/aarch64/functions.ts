import { aarch64 } from '../../../../engine/architecture/index.ts';
import { RuleSets } from '../../../../engine/cache/rule-sets.ts';
import { extendedEncoder } from '../../../../engine/elf-compact/aarch64/encode/index.ts';
import { extended } from '../../../../engine/elf-compact/aarch64/extended.ts';
import { DescriptorList } from '../../../../engine/elf-compact/descriptor-list.ts';
import { type FunctionTable, FunctionView, noRow } from '../../../../engine/encoding/index.ts';
import { formatRow } from '../../../../engine/row/format-row.ts';
import { CfaKind, Row, RuleKind } from '../../../../engine/row/row.ts';

const column = (name: string): number => aarch64.columnNames.indexOf(name);
const nameIn = (word: string): string => /^[a-z]+\d*/.exec(word)![0].replace(/u$/, '');
const distanceIn = (word: string): number => Number(/[+-]\d+$/.exec(word)![0]);

/** A row from words: the CFA, then a register with its distance from the CFA or, with a `u`, undefined. */
export function rowOf(text: string): Row {
  const row = new Row(aarch64.columnCount);
  row.cfaKind = CfaKind.registerOffset;
  row.returnColumn = aarch64.link;
  const [cfa, ...words] = text.split(' ');
  row.cfaColumn = column(nameIn(cfa!));
  row.cfaLo = distanceIn(cfa!);
  for (const word of words.toSorted((a, b) => column(nameIn(a)) - column(nameIn(b)))) {
    if (word === 'signed') row.signState = 1;
    else if (word === 'b-key') row.bKey = true;
    else if (word.endsWith('u')) addRule(row, column(nameIn(word)), RuleKind.undefined, 0);
    else addRule(row, column(nameIn(word)), RuleKind.offset, distanceIn(word));
  }
  return row;
}

function addRule(row: Row, of: number, kind: number, value: number): void {
  row.ruleColumn[row.ruleCount] = of;
  row.ruleKind[row.ruleCount] = kind;
  row.ruleLo[row.ruleCount] = value;
  row.ruleHi[row.ruleCount++] = value < 0 ? 0xffffffff : 0;
}

/** A function: how many instructions each of its rows is long, and the row; undefined is a row that is an error. */
export type Rows = readonly (readonly [instructions: number, row: Row | undefined])[];

/** A table of one function that starts at its base. */
export function tableOf(rows: Rows): FunctionTable {
  const sets = new RuleSets(aarch64);
  const starts: number[] = [];
  let end = 0;
  for (const [instructions] of rows) {
    starts.push(end);
    end += 4 * instructions;
  }
  return {
    architecture: aarch64,
    base: 0x1000n,
    count: 1,
    start: Int32Array.of(0),
    end: Int32Array.of(end),
    firstRow: Uint32Array.of(0, rows.length),
    rowStart: Int32Array.from(starts),
    rowSet: Int32Array.from(rows, ([, row]) => (row === undefined ? noRow : sets.intern(row))),
    sets,
    fdeOffset: Uint32Array.of(0),
    lsda: Int32Array.of(0),
    personality: Int32Array.of(-1),
    personalities: [],
    code: () => undefined,
    gapBefore: () => undefined,
  };
}

export const textRows = (...rows: readonly (readonly [number, string])[]): Rows =>
  rows.map(([instructions, text]) => [instructions, rowOf(text)]);

/** What a function's rows are encoded to, or why they are not. */
export function encode(rows: Rows): DescriptorList | string {
  const out = new DescriptorList();
  return extendedEncoder.encode(new FunctionView(tableOf(rows)).moveTo(0), out) ?? out;
}

/** The first instruction at which descriptors from `from` on do not say what a function's row says, or undefined. */
export function firstDifference(
  view: FunctionView,
  list: DescriptorList,
  from = 0,
  to = list.count,
): string | undefined {
  const decoded = new Row(aarch64.columnCount);
  let row = 0;
  let index = from;
  for (let offset = 0; offset < view.size; offset += 4) {
    while (view.rowStart(row + 1) <= offset) row++;
    while (index + 1 < to && list.start[index + 1]! <= offset) index++;
    const start = list.start[index]!;
    const end = index + 1 < to ? list.start[index + 1]! : view.size;
    extended.fill(list.lo[index]!, list.hi[index]!, offset - start, end - start, decoded);
    const found = formatRow(decoded, aarch64);
    const wanted = formatRow(view.row(row)!, aarch64);
    if (found !== wanted) return `at ${offset} of function ${view.index}: ${found}, expected ${wanted}`;
    if (decoded.startLo > offset - start || decoded.endLo <= offset - start) return `bounds at ${offset}`;
  }
  return undefined;
}
