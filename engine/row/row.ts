/** How the CFA of a frame is computed (DWARF 5, section 6.4.1). */
export const CfaKind = { undefined: 0, registerOffset: 1, expression: 2 } as const;

/** How a register of the caller is found (DWARF 5, section 6.4.1). */
export const RuleKind = {
  undefined: 1,
  sameValue: 2,
  /** Saved at CFA + N. */
  offset: 3,
  /** Is CFA + N. */
  valOffset: 4,
  /** Is in another register of this frame. */
  register: 5,
  /** Saved at the address an expression gives. */
  expression: 6,
  /** Is what an expression gives. */
  valExpression: 7,
} as const;

/**
 * What holds at one PC: how to compute the CFA and where each register of the caller is. Every encoding decodes to
 * this; one row is reused for many lookups, so nothing is allocated. Registers without a rule keep their value; SP
 * without a rule is the CFA.
 */
export class Row {
  /** First address the row applies to, and the first address behind it (low and high halves). */
  startLo = 0;
  startHi = 0;
  endLo = 0;
  endHi = 0;
  /** First address of the FDE (or whatever the encoding has instead) the row belongs to. */
  functionLo = 0;
  functionHi = 0;
  cfaKind: number = CfaKind.undefined;
  /** Column, for `registerOffset`. */
  cfaColumn = 0;
  /** 64-bit two's complement offset for `registerOffset`; position and length in `bytes` for `expression`. */
  cfaLo = 0;
  cfaHi = 0;
  /** Number of rules in the four arrays below, at most one a column, in ascending order of columns. */
  ruleCount = 0;
  readonly ruleColumn: Uint8Array;
  readonly ruleKind: Uint8Array;
  /** Low half of N, the other register's column, or the expression's position in `bytes`. */
  readonly ruleLo: Uint32Array;
  /** High half of N, 0, or the expression's length. */
  readonly ruleHi: Uint32Array;
  /** The section expressions lie in, and its name for errors. */
  bytes: Uint8Array = new Uint8Array(0);
  section = '';
  /** Column whose rule gives the return address. */
  returnColumn = 0;
  /** The frame is a signal frame (augmentation `S`): its caller was interrupted, not calling. */
  signalFrame = false;
  /** AArch64 RA_SIGN_STATE as toggled by opcodes: 0 unsigned, 1 signed with SP, 3 signed with SP and PC. */
  signState = 0;
  /** Address of the instruction that signed the return address with its own PC, where `signState` is 3. */
  signedAtLo = 0;
  signedAtHi = 0;
  /** AArch64 augmentation `B`: return addresses are signed with the B key. */
  bKey = false;
  /** `DW_CFA_GNU_args_size` in force, bytes. */
  argsSize = 0;

  constructor(columnCount: number) {
    this.ruleColumn = new Uint8Array(columnCount);
    this.ruleKind = new Uint8Array(columnCount);
    this.ruleLo = new Uint32Array(columnCount);
    this.ruleHi = new Uint32Array(columnCount);
  }
}
