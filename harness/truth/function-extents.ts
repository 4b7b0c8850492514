import { STT_FUNC } from '../../engine/index.ts';
import type { LoadedImage } from '../loader/image.ts';

/** A stretch of code that belongs to one function, by the symbols that say how long it is. */
export interface FunctionExtent {
  readonly start: bigint;
  /** First address behind it. */
  readonly end: bigint;
  /** Names of the functions it is a part of. */
  readonly functions: ReadonlySet<string>;
  /** Whether it is a part that nobody enters at its start: GCC's and LLVM's `NAME.cold`. */
  readonly isCold: boolean;
}

/** Where functions begin and end, from symbols with a size; labels within functions have none. */
export class FunctionExtents {
  readonly #image: LoadedImage;
  #sorted: readonly FunctionExtent[] | undefined;

  constructor(image: LoadedImage) {
    this.#image = image;
  }

  /** The innermost extent an address lies in. */
  at(address: bigint): FunctionExtent | undefined {
    this.#sorted ??= extentsOf(this.#image);
    const sorted = this.#sorted;
    let low = 0;
    let high = sorted.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (sorted[middle]!.start <= address) low = middle + 1;
      else high = middle;
    }
    for (let i = low - 1; i >= 0 && i >= low - nesting; i--) if (address < sorted[i]!.end) return sorted[i];
    return undefined;
  }
}

/** Extents begin in others in assembly sources only, and not in many. */
const nesting = 8;

/** Whether two extents are parts of the same function. */
export function isSameFunction(a: FunctionExtent | undefined, b: FunctionExtent | undefined): boolean {
  if (a === undefined || b === undefined) return false;
  if (a === b) return true;
  // Functions of several source files may have the same name.
  if (a.isCold === b.isCold) return false;
  for (const name of a.functions) if (b.functions.has(name)) return true;
  return false;
}

function extentsOf(image: LoadedImage): FunctionExtent[] {
  const byStart = new Map<bigint, { end: bigint; readonly names: string[] }>();
  for (const { elf, loadBias } of image.modules) {
    for (const { type, size, value, name } of elf.symbols()) {
      if (type !== STT_FUNC || size === 0n) continue;
      const start = BigInt.asUintN(64, value + loadBias);
      const end = start + size;
      const known = byStart.get(start);
      if (known === undefined) byStart.set(start, { end, names: [name] });
      else {
        known.names.push(name);
        if (end > known.end) known.end = end;
      }
    }
  }
  const extents = Array.from(byStart, ([start, { end, names }]) => ({
    start,
    end,
    functions: new Set(names.map((name) => name.replace(cold, ''))),
    isCold: names.every((name) => cold.test(name)),
  }));
  return extents.sort((a, b) => (a.start < b.start ? -1 : 1));
}

const cold = /\.cold(\.\d+)?$/;
