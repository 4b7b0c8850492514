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

/** What a function's body is made of, in order: instructions, labels, and CFI that holds from that place on. */
export type Item = Instruction | { readonly label: string } | { readonly cfi: CfiDirective };
