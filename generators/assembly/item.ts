import type { CfiDirective } from '../cfi/directive.ts';

/** One machine instruction. Where it names a label, `patch` writes the distance once addresses are known. */
export interface Instruction {
  readonly bytes: Uint8Array;
  readonly reference?: {
    readonly label: string;
    /** Writes into a copy of `bytes` whatever depends on the instruction's address and the label's. */
    patch(bytes: Uint8Array, address: bigint, target: bigint): void;
  };
}

/** Bytes between instructions that never execute: alignment, literals, jump tables; they count as padding. */
export interface EmbeddedData {
  readonly data: Instruction;
}

/** What a function's body is made of, in order: instructions, data, labels, and CFI that holds from that place on. */
export type Item = Instruction | EmbeddedData | { readonly label: string } | { readonly cfi: CfiDirective };

/** Bytes an item takes. */
export function itemSize(item: Item): number {
  return 'bytes' in item ? item.bytes.length : 'data' in item ? item.data.bytes.length : 0;
}
