import {
  type Architecture,
  CfaKind,
  FrameBuffer,
  Memory,
  MemoryWindow,
  Module,
  type Row,
  type RowSource,
  RuleKind,
} from '../../engine/index.ts';

export type HandMadeRule =
  | { readonly kind: 'undefined' | 'sameValue' }
  | { readonly kind: 'offset' | 'valOffset'; readonly offset: bigint }
  | { readonly kind: 'register'; readonly register: string }
  | { readonly kind: 'expression' | 'valExpression'; readonly code: readonly number[] };

export interface HandMadeRow {
  readonly cfa?: { readonly register: string; readonly offset: bigint } | { readonly code: readonly number[] };
  readonly rules?: Readonly<Record<string, HandMadeRule>>;
  /** Name of the return column; the architecture's usual one without it. */
  readonly returnColumn?: string;
  readonly signalFrame?: boolean;
  readonly signState?: number;
}

export function column(architecture: Architecture, name: string): number {
  const found = architecture.columnNames.indexOf(name);
  if (found < 0) throw new Error(`no register ${name}`);
  return found;
}

export const lo = (value: bigint): number => Number(BigInt.asUintN(32, value));
export const hi = (value: bigint): number => Number(BigInt.asUintN(32, value >> 32n));

/** Writes what a row says into a `Row`, as a source would. */
export function fillRow(architecture: Architecture, made: HandMadeRow, row: Row): void {
  const code: number[] = [];
  const place = (expression: readonly number[]): [number, number] => {
    const position = code.length;
    code.push(...expression);
    return [position, expression.length];
  };
  row.section = 'hand-made';
  row.cfaKind = CfaKind.undefined;
  if (made.cfa !== undefined && 'code' in made.cfa) {
    row.cfaKind = CfaKind.expression;
    [row.cfaLo, row.cfaHi] = place(made.cfa.code);
  } else if (made.cfa !== undefined) {
    row.cfaKind = CfaKind.registerOffset;
    row.cfaColumn = column(architecture, made.cfa.register);
    row.cfaLo = lo(made.cfa.offset);
    row.cfaHi = hi(made.cfa.offset);
  }
  const rules = Object.entries(made.rules ?? {})
    .map(([name, rule]) => [column(architecture, name), rule] as const)
    .sort(([a], [b]) => a - b);
  row.ruleCount = rules.length;
  rules.forEach(([target, rule], i) => {
    row.ruleColumn[i] = target;
    row.ruleKind[i] = RuleKind[rule.kind];
    row.ruleLo[i] = 0;
    row.ruleHi[i] = 0;
    if ('offset' in rule) {
      row.ruleLo[i] = lo(rule.offset);
      row.ruleHi[i] = hi(rule.offset);
    } else if ('register' in rule) {
      row.ruleLo[i] = column(architecture, rule.register);
    } else if ('code' in rule) {
      const [position, length] = place(rule.code);
      row.ruleLo[i] = position;
      row.ruleHi[i] = length;
    }
  });
  row.bytes = Uint8Array.from(code);
  const usual = architecture.link >= 0 ? architecture.link : architecture.pc;
  row.returnColumn = made.returnColumn === undefined ? usual : column(architecture, made.returnColumn);
  row.signalFrame = made.signalFrame ?? false;
  row.signState = made.signState ?? 0;
}

function ascending(values: readonly bigint[]): bigint[] {
  return [...values].sort((a, b) => (a < b ? -1 : 1));
}

export interface HandMadeFunction {
  readonly start: bigint;
  readonly end: bigint;
  readonly row: HandMadeRow | Error;
}

/** A source that answers from a list and remembers what it was asked. */
export class HandMadeSource implements RowSource {
  readonly asked: bigint[] = [];
  readonly #architecture: Architecture;
  readonly #functions: readonly HandMadeFunction[];

  constructor(architecture: Architecture, functions: readonly HandMadeFunction[]) {
    this.#architecture = architecture;
    this.#functions = functions;
  }

  lookup(pcLo: number, pcHi: number, row: Row): boolean {
    const pc = (BigInt(pcHi) << 32n) | BigInt(pcLo);
    this.asked.push(pc);
    const found = this.#functions.find(({ start, end }) => pc >= start && pc < end);
    if (found === undefined) return false;
    if (found.row instanceof Error) throw found.row;
    fillRow(this.#architecture, found.row, row);
    row.startLo = lo(found.start);
    row.startHi = hi(found.start);
    row.endLo = lo(found.end);
    row.endHi = hi(found.end);
    return true;
  }
}

/** A module that spans the functions. */
export function handMadeModule(
  architecture: Architecture,
  functions: readonly HandMadeFunction[],
): { module: Module; source: HandMadeSource } {
  const source = new HandMadeSource(architecture, functions);
  const start = ascending(functions.map((made) => made.start))[0]!;
  const end = ascending(functions.map((made) => made.end)).at(-1)!;
  return { module: new Module('hand-made', architecture, start, end, source), source };
}

/** A register file where every register has a value that tells which it is, except those given. */
export function registerFile(architecture: Architecture, given: Readonly<Record<string, bigint>>): Uint32Array {
  const registers = new Uint32Array(2 * architecture.columnCount);
  const set = (index: number, value: bigint): void => {
    registers[2 * index] = lo(value);
    registers[2 * index + 1] = hi(value);
  };
  for (let c = 0; c < architecture.columnCount; c++) set(c, distinct(c));
  if (architecture.signState >= 0) set(architecture.signState, 0n);
  for (const [name, value] of Object.entries(given)) set(column(architecture, name), value);
  return registers;
}

/** The value `registerFile` gives a column. */
export function distinct(index: number): bigint {
  return 0xc0de_0000_0000_0000n | (BigInt(index) << 8n) | 0x5n;
}

/** Memory of 64-bit words: one window from the lowest address to behind the highest, zero between. */
export function wordMemory(words: Readonly<Record<string, bigint>>): Memory {
  return new Memory([wordWindow(Object.entries(words).map(([address, value]) => [BigInt(address), value]))]);
}

export function wordWindow(words: readonly (readonly [address: bigint, value: bigint])[]): MemoryWindow {
  const addresses = ascending(words.map(([address]) => address));
  const start = addresses[0]!;
  const last = addresses.at(-1)!;
  const bytes = new Uint8Array(Number(last - start) + 8);
  const view = new DataView(bytes.buffer);
  for (const [address, value] of words) view.setBigUint64(Number(address - start), BigInt.asUintN(64, value), true);
  return new MemoryWindow(start, bytes);
}

export function startedFrames(
  architecture: Architecture,
  given: Readonly<Record<string, bigint>>,
  capacity = 16,
): FrameBuffer {
  const frames = new FrameBuffer(architecture, capacity);
  frames.start(registerFile(architecture, given));
  return frames;
}

/** A register of a frame by name. */
export function value(frames: FrameBuffer, frame: number, name: string): bigint | undefined {
  return frames.value(frame, column(frames.architecture, name));
}

/** The PCs of all frames. */
export function pcs(frames: FrameBuffer): (bigint | undefined)[] {
  return Array.from({ length: frames.count }, (_, i) => frames.value(i, frames.architecture.pc));
}
