import type { ArchitectureName } from '../../engine/architecture/index.ts';
import type { PlacedDirective } from '../cfi/directive.ts';
import type { Fde } from '../cfi/fde.ts';
import type { CodeFunction } from './code-function.ts';
import { type Instruction, itemSize } from './item.ts';
import { padding } from './padding.ts';

export interface AssembleOptions {
  readonly architecture: ArchitectureName;
  readonly textAddress: bigint;
  /** Addresses of labels outside the code. */
  readonly outside?: ReadonlyMap<string, bigint>;
}

export interface AssembledFunction {
  readonly name: string;
  readonly start: bigint;
  /** First address behind it. */
  readonly end: bigint;
  /** Absent where it is `uncovered`. */
  readonly fde?: Fde;
}

export interface Assembly {
  readonly text: Uint8Array;
  /** Function names, labels in functions, and the labels from outside. */
  readonly labels: ReadonlyMap<string, bigint>;
  readonly functions: readonly AssembledFunction[];
  /** Start of every instruction of every function, ascending; data in between is none. */
  readonly instructions: readonly bigint[];
  /** Bytes between functions, in no FDE, and of data in functions. */
  readonly paddingBytes: number;
}

interface Placed {
  readonly instruction: Instruction;
  readonly offset: number;
  readonly executes: boolean;
}

/** Size in bytes of what `assemble` will lay out; it does not depend on addresses as long as they are aligned. */
export function textSize(functions: readonly CodeFunction[]): number {
  return functions.reduce(
    (size, { items, align }) => items.reduce((sum, item) => sum + itemSize(item), alignUp(size, align ?? 16)),
    0,
  );
}

/**
 * Lays the functions out in their order, resolves references and gathers the CFI directives with their places. Throws
 * an Error on a label that is defined twice or not at all, and whatever a reference's `patch` throws.
 */
export function assemble(functions: readonly CodeFunction[], options: AssembleOptions): Assembly {
  const { textAddress } = options;
  const labels = new Map(options.outside);
  const placed: Placed[] = [];
  const assembled: AssembledFunction[] = [];
  const gaps: { offset: number; size: number }[] = [];
  let offset = 0;
  for (const code of functions) {
    const align = code.align ?? 16;
    if (textAddress % BigInt(align) !== 0n) throw new Error(`${code.name}: the text is not aligned to ${align}`);
    const start = alignUp(offset, align);
    if (start > offset) gaps.push({ offset, size: start - offset });
    offset = start;
    define(labels, code.name, textAddress + BigInt(start));
    const directives: PlacedDirective[] = [];
    for (const item of code.items) {
      if ('bytes' in item) placed.push({ instruction: item, offset, executes: true });
      else if ('data' in item) placed.push({ instruction: item.data, offset, executes: false });
      else if ('label' in item) define(labels, item.label, textAddress + BigInt(offset));
      else directives.push({ offset: offset - start, directive: item.cfi });
      offset += itemSize(item);
    }
    assembled.push(describe(code, textAddress + BigInt(start), offset - start, directives));
  }
  const embedded = placed.reduce(
    (sum, { instruction, executes }) => sum + (executes ? 0 : instruction.bytes.length),
    0,
  );
  const text = new Uint8Array(offset);
  for (const gap of gaps) text.set(padding(options.architecture, gap.size), gap.offset);
  for (const { instruction, offset: at } of placed)
    text.set(resolve(instruction, textAddress + BigInt(at), labels), at);
  return {
    text,
    labels,
    functions: assembled,
    instructions: placed.filter(({ executes }) => executes).map(({ offset: at }) => textAddress + BigInt(at)),
    paddingBytes: gaps.reduce((sum, { size }) => sum + size, 0) + embedded,
  };
}

function describe(code: CodeFunction, start: bigint, size: number, directives: PlacedDirective[]): AssembledFunction {
  const place = { name: code.name, start, end: start + BigInt(size) };
  if (code.uncovered) {
    if (directives.length > 0) throw new Error(`${code.name} has CFI directives, but no FDE`);
    return place;
  }
  const fde = { start, size, cie: code.cie ?? {}, directives };
  return { ...place, fde: code.lsda === undefined ? fde : { ...fde, lsda: code.lsda } };
}

function resolve({ bytes, reference }: Instruction, address: bigint, labels: ReadonlyMap<string, bigint>): Uint8Array {
  if (reference === undefined) return bytes;
  const target = labels.get(reference.label);
  if (target === undefined) throw new Error(`label ${reference.label} is not defined`);
  const patched = bytes.slice();
  reference.patch(patched, address, target);
  return patched;
}

function define(labels: Map<string, bigint>, label: string, address: bigint): void {
  if (labels.has(label)) throw new Error(`label ${label} is defined twice`);
  labels.set(label, address);
}

function alignUp(value: number, alignment: number): number {
  return Math.ceil(value / alignment) * alignment;
}
