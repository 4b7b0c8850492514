import type { BitReader } from './bit-reader.ts';
import { alignedEnd, bitCountMask } from './constants.ts';
import { bitCount, takeNumber } from './number-code.ts';

/** Where code may begin: all addresses are `phase` and multiples of `unit`, those of functions multiples of `alignment`. */
export interface AddressGrid {
  /** Both are powers of two. */
  readonly unit: number;
  readonly alignment: number;
  /** Below `alignment`. */
  readonly phase: number;
}

/** Functions of nearly all compilers begin at a multiple of 16. */
const usualAlignment = 16;

/** The grid all of the given addresses lie on, its phase that of most of them. */
export function gridOf(lists: readonly Int32Array[]): AddressGrid {
  const phases = new Uint32Array(usualAlignment);
  let bits = 0;
  const first = lists.find((list) => list.length > 0)?.[0] ?? 0;
  for (const list of lists) {
    for (const address of list) {
      bits |= address - first;
      phases[address & (phases.length - 1)]!++;
    }
  }
  return {
    unit: bits === 0 ? usualAlignment : Math.min((bits & -bits) >>> 0, usualAlignment),
    alignment: usualAlignment,
    phase: phases.indexOf(Math.max(...phases)),
  };
}

/** The symbol of a distance between ascending addresses: where the second one lies on the grid, and how large it is. */
export function distanceSymbol(grid: AddressGrid, from: number, to: number): number {
  return bitCount(distanceNumber(grid, from, to)) | (isAligned(grid, to) ? alignedEnd : 0);
}

/** The number that goes with `distanceSymbol`. */
export function distanceNumber(grid: AddressGrid, from: number, to: number): number {
  if (!isAligned(grid, to)) return (to - from) / grid.unit;
  return (to - grid.phase) / grid.alignment - stepsTo(grid, from);
}

/** Reads the number that goes with a `distanceSymbol`, and returns the second address. */
export function takeAddress(grid: AddressGrid, from: number, symbol: number, bits: BitReader): number {
  const number = takeNumber(bits, symbol & bitCountMask);
  if ((symbol & alignedEnd) === 0) return from + number * grid.unit;
  return (stepsTo(grid, from) + number) * grid.alignment + grid.phase;
}

/** Number of multiples of the alignment, counted from the phase, up to an address. */
function stepsTo(grid: AddressGrid, address: number): number {
  return Math.floor((address - grid.phase) / grid.alignment);
}

function isAligned(grid: AddressGrid, address: number): boolean {
  return (address - grid.phase) % grid.alignment === 0;
}
