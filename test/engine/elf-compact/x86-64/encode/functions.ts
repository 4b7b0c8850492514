import { x86_64 } from '../../../../../engine/architecture/index.ts';
import { RuleSets } from '../../../../../engine/cache/rule-sets.ts';
import { DescriptorList } from '../../../../../engine/elf-compact/descriptor-list.ts';
import type { SplittingEncoder } from '../../../../../engine/elf-compact/x86-64/encode/index.ts';
import { type FunctionTable, FunctionView, noRow } from '../../../../../engine/encoding/index.ts';
import { CfaKind, Row, RuleKind } from '../../../../../engine/row/row.ts';

const column = (name: string): number => x86_64.columnNames.indexOf(name);

/** A row from words: the CFA, then registers with their distances from it; the return address is where a call leaves it. */
export function rowOf(text: string): Row {
  const row = new Row(x86_64.columnCount);
  row.cfaKind = CfaKind.registerOffset;
  row.returnColumn = x86_64.pc;
  const [cfa, ...rules] = text.split(' ').map((word) => /^([a-z]+\d*)([+-]\d+)$/.exec(word)!);
  row.cfaColumn = column(cfa![1]!);
  row.cfaLo = Number(cfa![2]);
  const offsets = rules.map(([, name, distance]) => [column(name!), Number(distance)] as const);
  offsets.push([x86_64.pc, -8]);
  for (const [of, distance] of offsets.sort(([a], [b]) => a - b)) {
    row.ruleColumn[row.ruleCount] = of;
    row.ruleKind[row.ruleCount] = RuleKind.offset;
    row.ruleLo[row.ruleCount] = distance;
    row.ruleHi[row.ruleCount++] = 0xffffffff;
  }
  return row;
}

/** A row with something changed in it. */
export function changed(row: Row, change: (row: Row) => void): Row {
  change(row);
  return row;
}

/** An instruction and the row that begins behind it; without one, the last one goes on. */
export type Step = readonly [instruction: string, row?: string | Row];

const pushes = [
  'rax',
  'rcx',
  'rdx',
  'rbx',
  '',
  'rbp',
  'rsi',
  'rdi',
  'r8',
  'r9',
  'r10',
  'r11',
  'r12',
  'r13',
  'r14',
  'r15',
];

/** The bytes of an instruction: a few mnemonics, otherwise hexadecimal. */
export function assemble(instruction: string): number[] {
  const [name, operand = ''] = instruction.split(' ');
  const number = pushes.indexOf(operand);
  const base = name === 'push' ? 0x50 : 0x58;
  const amount = Number(operand);
  switch (name) {
    case 'push':
    case 'pop':
      return number < 8 ? [base + number] : [0x41, base + number - 8];
    case 'sub':
    case 'add': {
      const reg = name === 'sub' ? 0xec : 0xc4;
      return amount < 128 ? [0x48, 0x83, reg, amount] : [0x48, 0x81, reg, amount & 255, amount >> 8, 0, 0];
    }
    case 'frame':
      return [0x48, 0x89, 0xe5];
    case 'leave':
      return [0xc9];
    case 'ret':
      return [0xc3];
    case 'nop':
      return Array.from({ length: amount }, () => 0x90);
    default:
      return Array.from(instruction.matchAll(/[0-9a-f]{2}/g), ([byte]) => Number.parseInt(byte, 16));
  }
}

/** Rows with where they begin; undefined is a row that is an error. */
export type PlacedRow = readonly [start: number, row: Row | undefined];

/** A table of one function that starts at its base. */
export function tableOf(rows: readonly PlacedRow[], size: number, code?: Uint8Array): FunctionTable {
  const sets = new RuleSets(x86_64);
  return {
    architecture: x86_64,
    base: 0x1000n,
    count: 1,
    start: Int32Array.of(0),
    end: Int32Array.of(size),
    firstRow: Uint32Array.of(0, rows.length),
    rowStart: Int32Array.from(rows, ([start]) => start),
    rowSet: Int32Array.from(rows, ([, row]) => (row === undefined ? noRow : sets.intern(row))),
    sets,
    fdeOffset: Uint32Array.of(0),
    lsda: Int32Array.of(0),
    personality: Int32Array.of(-1),
    personalities: [],
    code: () => code,
    gapBefore: () => undefined,
  };
}

/** A function of instructions that starts with nothing on the stack but the return address. */
export function functionOf(steps: readonly Step[], first: string | Row = 'rsp+8'): FunctionTable {
  const asRow = (row: string | Row): Row => (typeof row === 'string' ? rowOf(row) : row);
  const rows: [number, Row][] = [[0, asRow(first)]];
  const bytes: number[] = [];
  for (const [instruction, row] of steps) {
    bytes.push(...assemble(instruction));
    if (row !== undefined) rows.push([bytes.length, asRow(row)]);
  }
  return tableOf(rows, bytes.length, Uint8Array.from(bytes));
}

export function withoutCode(table: FunctionTable): FunctionTable {
  return { ...table, code: () => undefined };
}

export interface Encoded {
  readonly reason: string | undefined;
  readonly list: DescriptorList;
  readonly strict: number;
  readonly popped: number;
  readonly pushed: number;
}

export function encode(encoder: SplittingEncoder, table: FunctionTable): Encoded {
  const list = new DescriptorList();
  const reason = encoder.encode(new FunctionView(table).moveTo(0), list);
  return { reason, list, ...encoder.counts };
}

/** What an encoder's descriptors say at each byte of a function. */
export function decode(encoder: SplittingEncoder, list: DescriptorList, size: number): Row[] {
  return Array.from({ length: size }, (_, offset) => {
    let index = 0;
    while (index + 1 < list.count && list.start[index + 1]! <= offset) index++;
    const start = list.start[index]!;
    const end = index + 1 < list.count ? list.start[index + 1]! : size;
    const row = new Row(x86_64.columnCount);
    encoder.layout.fill(list.lo[index]!, list.hi[index]!, offset - start, end - start, row);
    return row;
  });
}
