/**
 * How the CFA is found and what else a row says besides where registers are saved, as one number. What the published
 * layouts can say are the numbers up to `mostUnits`: units of 8 bytes from RSP to the CFA.
 */

/** CFA = RBP + 16. */
export const cfaFromFp = 0;
/** No descriptor can say it. */
export const unspeakable = -1;
export const mostUnits = 0xf_ffff;

const argsShift = 20;
const endCodes = 1 << 24;
const pltCodes = 1 << 25;

/** The same, with so many units of 8 bytes of outgoing arguments. */
export function withArgs(code: number, args: number): number {
  return code | (args << argsShift);
}

/** Units of a code that is not one of those below. */
export function unitsOf(code: number): number {
  return code & mostUnits;
}

export function argsOf(code: number): number {
  return (code >> argsShift) & 15;
}

/** The return address is undefined, and the CFA so many units from RSP. */
export function endCode(units: number): number {
  return endCodes | units;
}

export function isEnd(code: number): boolean {
  return (code & endCodes) !== 0;
}

/** The entries of a linkage table, which push before this offset. */
export function pltCode(offset: number): number {
  return pltCodes | offset;
}

export function isPlt(code: number): boolean {
  return (code & pltCodes) !== 0;
}
