/** Opcodes that move the location, each of which a program may be made to use. */
export type AdvanceForm = 'advanceLoc' | 'advanceLoc1' | 'advanceLoc2' | 'advanceLoc4' | 'mipsAdvanceLoc8' | 'setLoc';

/**
 * A call frame instruction (DWARF 5, section 6.4.2, and the GNU, MIPS and AArch64 extensions). Registers are DWARF
 * numbers. Offsets are bytes: the writer divides by the alignment factors of the CIE where the opcode is factored, and
 * throws a RangeError where that does not work out.
 */
export type CfiDirective =
  | { readonly kind: 'defCfa' | 'defCfaSf'; readonly register: number; readonly offset: number }
  | { readonly kind: 'defCfaRegister'; readonly register: number }
  | { readonly kind: 'defCfaOffset' | 'defCfaOffsetSf'; readonly offset: number }
  | { readonly kind: 'defCfaExpression'; readonly expression: Uint8Array }
  | { readonly kind: OffsetKind; readonly register: number; readonly offset: number }
  | { readonly kind: 'register'; readonly register: number; readonly source: number }
  | { readonly kind: 'expression' | 'valExpression'; readonly register: number; readonly expression: Uint8Array }
  | { readonly kind: 'restore' | 'restoreExtended' | 'undefined' | 'sameValue'; readonly register: number }
  | { readonly kind: 'rememberState' | 'restoreState' | 'nop' | 'negateRaState' | 'negateRaStateWithPc' }
  | { readonly kind: 'argsSize'; readonly size: number }
  | { readonly kind: 'setRaState'; readonly state: number; readonly signingOffset: number }
  | { readonly kind: 'advance'; readonly form: AdvanceForm }
  | { readonly kind: 'raw'; readonly bytes: Uint8Array };

type OffsetKind =
  | 'offset'
  | 'offsetExtended'
  | 'offsetExtendedSf'
  | 'valOffset'
  | 'valOffsetSf'
  | 'gnuNegativeOffsetExtended';

/** A directive and where it takes effect: bytes from the start of its FDE. */
export interface PlacedDirective {
  readonly offset: number;
  readonly directive: CfiDirective;
}

/**
 * Constructors of directives, so that a scenario reads like assembly: `cfi.defCfaOffset(16)`. Each writes the opcode of
 * its name and no other. An `offset` of a saved register counts from the CFA and is negative where stacks grow down.
 */
export const cfi = {
  /** `DW_CFA_def_cfa`: CFA = register + offset; the offset is unfactored and not negative. */
  defCfa: (register: number, offset: number): CfiDirective => ({ kind: 'defCfa', register, offset }),
  /** `DW_CFA_def_cfa_sf`: as `defCfa`, with a factored, signed offset. */
  defCfaSf: (register: number, offset: number): CfiDirective => ({ kind: 'defCfaSf', register, offset }),
  defCfaRegister: (register: number): CfiDirective => ({ kind: 'defCfaRegister', register }),
  defCfaOffset: (offset: number): CfiDirective => ({ kind: 'defCfaOffset', offset }),
  defCfaOffsetSf: (offset: number): CfiDirective => ({ kind: 'defCfaOffsetSf', offset }),
  defCfaExpression: (expression: Uint8Array): CfiDirective => ({ kind: 'defCfaExpression', expression }),
  /** `DW_CFA_offset`: saved at CFA + offset; for registers above 63 use `offsetExtended`. */
  offset: (register: number, offset: number): CfiDirective => ({ kind: 'offset', register, offset }),
  offsetExtended: (register: number, offset: number): CfiDirective => ({ kind: 'offsetExtended', register, offset }),
  /** `DW_CFA_offset_extended_sf`: the form for a register saved on the other side of the CFA. */
  offsetExtendedSf: (register: number, offset: number): CfiDirective => ({
    kind: 'offsetExtendedSf',
    register,
    offset,
  }),
  /** `DW_CFA_val_offset`: the caller's register is CFA + offset. */
  valOffset: (register: number, offset: number): CfiDirective => ({ kind: 'valOffset', register, offset }),
  valOffsetSf: (register: number, offset: number): CfiDirective => ({ kind: 'valOffsetSf', register, offset }),
  /** `DW_CFA_GNU_negative_offset_extended`: saved at CFA + offset, where the stored operand is subtracted. */
  gnuNegativeOffsetExtended: (register: number, offset: number): CfiDirective => ({
    kind: 'gnuNegativeOffsetExtended',
    register,
    offset,
  }),
  /** `DW_CFA_register`: the caller's `register` is in `source`. */
  register: (register: number, source: number): CfiDirective => ({ kind: 'register', register, source }),
  /** `DW_CFA_expression`: saved at the address the expression gives; the CFA is pushed first. */
  expression: (register: number, expression: Uint8Array): CfiDirective => ({
    kind: 'expression',
    register,
    expression,
  }),
  /** `DW_CFA_val_expression`: the caller's register is what the expression gives; the CFA is pushed first. */
  valExpression: (register: number, expression: Uint8Array): CfiDirective => ({
    kind: 'valExpression',
    register,
    expression,
  }),
  restore: (register: number): CfiDirective => ({ kind: 'restore', register }),
  restoreExtended: (register: number): CfiDirective => ({ kind: 'restoreExtended', register }),
  undefined: (register: number): CfiDirective => ({ kind: 'undefined', register }),
  sameValue: (register: number): CfiDirective => ({ kind: 'sameValue', register }),
  rememberState: (): CfiDirective => ({ kind: 'rememberState' }),
  restoreState: (): CfiDirective => ({ kind: 'restoreState' }),
  nop: (): CfiDirective => ({ kind: 'nop' }),
  /** `DW_CFA_GNU_args_size`: bytes of arguments pushed. */
  argsSize: (size: number): CfiDirective => ({ kind: 'argsSize', size }),
  /** `DW_CFA_AARCH64_negate_ra_state`. */
  negateRaState: (): CfiDirective => ({ kind: 'negateRaState' }),
  /** `DW_CFA_AARCH64_negate_ra_state_with_pc`. */
  negateRaStateWithPc: (): CfiDirective => ({ kind: 'negateRaStateWithPc' }),
  /**
   * `DW_CFA_AARCH64_set_ra_state`: 0 unsigned, 1 signed with SP, 2 signed with SP and PC; `signingOffset` is the
   * distance in bytes from here to the signing instruction.
   */
  setRaState: (state: number, signingOffset: number): CfiDirective => ({ kind: 'setRaState', state, signingOffset }),
  /** Moves the location to here with this opcode, even by nothing; without it the writer picks the shortest. */
  advance: (form: AdvanceForm): CfiDirective => ({ kind: 'advance', form }),
  /** `DW_CFA_set_loc` with the address of here. */
  setLoc: (): CfiDirective => ({ kind: 'advance', form: 'setLoc' }),
  /** `DW_CFA_MIPS_advance_loc8` to here. */
  mipsAdvanceLoc8: (): CfiDirective => ({ kind: 'advance', form: 'mipsAdvanceLoc8' }),
  /** Bytes as they are: unknown opcodes, broken operands. */
  raw: (...bytes: number[]): CfiDirective => ({ kind: 'raw', bytes: Uint8Array.from(bytes) }),
} as const;
