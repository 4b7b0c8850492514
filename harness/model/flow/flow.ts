/** Where an instruction takes a value from or puts one. Registers are columns. */
export type Place =
  | { readonly kind: 'register'; readonly column: number }
  /** A register nobody follows, such as a vector register a callee need not preserve. */
  | { readonly kind: 'untracked' }
  | { readonly kind: 'literal'; readonly value: bigint }
  | MemoryPlace;

export interface MemoryPlace {
  readonly kind: 'memory';
  /** Bytes. */
  readonly size: number;
  /** Columns and what they are multiplied by. */
  readonly terms: readonly { readonly column: number; readonly factor: number }[];
  readonly displacement: bigint;
}

/**
 * One value on its way. `copy`: the destination gets the source as it is. `sum`: it gets all
 * sources, each multiplied by its factor, and perhaps a number. `compute`: it gets something else made from all sources. `sign`, `authenticate`: an authentication code is put on or taken off.
 */
export interface Flow {
  readonly how: 'copy' | 'sum' | 'compute' | 'sign' | 'authenticate';
  readonly to: Place;
  readonly from: readonly Place[];
  /** Of a sum, by source. */
  readonly factors?: readonly bigint[];
}

/** What an instruction does; all sources are read before anything is written. */
export interface Effect {
  readonly flows: readonly Flow[];
  /** The instruction is not one the model knows: any register may have changed. */
  readonly unknown?: true;
  readonly isCall?: true;
  readonly isSystemCall?: true;
}

export const copy = (to: Place, from: Place): Flow => ({ how: 'copy', to, from: [from] });
export const compute = (to: Place, ...from: readonly Place[]): Flow => ({ how: 'compute', to, from });
export const sum = (to: Place, ...terms: readonly (readonly [from: Place, factor: bigint])[]): Flow => ({
  how: 'sum',
  to,
  from: terms.map(([from]) => from),
  factors: terms.map(([, factor]) => factor),
});
export const register = (column: number): Place => ({ kind: 'register', column });
export const literal = (value: bigint): Place => ({ kind: 'literal', value: BigInt.asUintN(64, value) });
export const untracked: Place = { kind: 'untracked' };

/** `[base + displacement]` */
export function memoryAt(column: number, displacement: bigint, size = 8): MemoryPlace {
  return { kind: 'memory', size, terms: [{ column, factor: 1 }], displacement };
}

/** The operands of an instruction's text: what is between commas that are in no bracket. */
export function splitOperands(text: string): string[] {
  return text.trim() === '' ? [] : text.split(/,(?![^[]*\])/).map((operand) => operand.trim());
}

/** A number as a disassembler writes it: `0x10`, `-8`, `#0x10`. */
export function readNumber(text: string): bigint | undefined {
  const match = /^#?(-?)(0x[0-9a-f]+|\d+)$/.exec(text.replace(/\s/g, ''));
  return match === null ? undefined : match[1] === '-' ? -BigInt(match[2]!) : BigInt(match[2]!);
}
