/** Where a register of the caller is, in the words of DWARF 5, section 6.4.1. Registers are columns. */
export type ModelRule =
  | { readonly kind: 'undefined' | 'same' }
  /** At CFA + offset, or that sum itself. */
  | { readonly kind: 'offset' | 'valOffset'; readonly offset: number }
  | { readonly kind: 'register'; readonly column: number }
  | { readonly kind: 'expression' | 'valExpression'; readonly expression: Uint8Array };

export type ModelCfa =
  /** The column is -1 where the register is none of the architecture's. */
  { readonly column: number; readonly offset: number } | { readonly expression: Uint8Array };

/** What an FDE's directives amount to at one place. */
export interface ModelRow {
  readonly cfa: ModelCfa | undefined;
  /** By column. */
  readonly rules: ReadonlyMap<number, ModelRule>;
  /** RA_SIGN_STATE as opcodes set it. */
  readonly signState: number;
  /** Column of the return address. */
  readonly returnColumn: number;
}

/** The directives mean nothing from some place on; `why` says what is wrong with them. */
export interface Malformed {
  readonly malformed: string;
}

/** The model has no word for something in the call frame information: nothing can be said of the program. */
export class UnsayableError extends Error {
  override readonly name = 'UnsayableError';
}
