/**
 * What the truth must know about an instruction before it executes. Only an indirect jump (a return among them) can
 * resume a caller. What reads the processor's counter (`timestamp`) would give another value in each run. Where a call
 * leads to an instruction that overwrites or drops the return address (`losesReturn`), nobody was called: retpolines push
 * the address of a jump in this way. `movesStack` moves SP by a register's value, as functions do that leave for where an
 * exception is caught, just before they jump.
 */
export const InstructionKind = {
  unknown: 0,
  other: 1,
  call: 2,
  indirect: 3,
  systemCall: 4,
  timestamp: 5,
  losesReturn: 6,
  movesStack: 7,
} as const;
export type InstructionKind = (typeof InstructionKind)[keyof typeof InstructionKind];
