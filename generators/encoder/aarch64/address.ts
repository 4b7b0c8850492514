import type { XOrSp, XOrZero } from './registers.ts';

/** `[base, #offset]`, `[base, #offset]!` or `[base], #offset`; offsets in bytes. */
export interface ImmediateAddress {
  readonly mode: 'offset' | 'pre' | 'post';
  readonly base: XOrSp;
  readonly offset: number;
}

/** `[base, index, lsl #amount]`. */
export interface IndexedAddress {
  readonly mode: 'indexed';
  readonly base: XOrSp;
  readonly index: XOrZero;
  /** Whether the index counts elements (shifted by the size of the access) instead of bytes. */
  readonly scaled: boolean;
}

/** `[base, #offset]` */
export function offset(base: XOrSp, bytes = 0): ImmediateAddress {
  return { mode: 'offset', base, offset: bytes };
}

/** `[base, #offset]!`: base is updated before the access. */
export function preIndex(base: XOrSp, bytes: number): ImmediateAddress {
  return { mode: 'pre', base, offset: bytes };
}

/** `[base], #offset`: base is updated after the access. */
export function postIndex(base: XOrSp, bytes: number): ImmediateAddress {
  return { mode: 'post', base, offset: bytes };
}

/** `[base, index]` in bytes, or `[base, index, lsl #n]` in elements of the access's size. */
export function indexed(base: XOrSp, index: XOrZero, scaled = false): IndexedAddress {
  return { mode: 'indexed', base, index, scaled };
}
