import { UnwindError } from '../errors.ts';
import type { EncodingInput } from './encoding.ts';

/**
 * What to add to the addresses of a function table so that they count from the first section that is made of it. Throws
 * `UnwindError` (`unsupported`) where one does not fit 32 bits then.
 */
export function distanceFromSections({ functions, address }: EncodingInput): number {
  const distance = Number(BigInt.asIntN(64, functions.base - address));
  const { count, start, end } = functions;
  if (count > 0 && !(fits(start[0]! + distance) && fits(end[count - 1]! + distance))) {
    throw new UnwindError(
      'unsupported',
      'functions',
      -1,
      'expected functions less than 2 GiB from the sections made of them',
    );
  }
  return distance;
}

export function fits(distance: number): boolean {
  return distance === (distance | 0);
}
