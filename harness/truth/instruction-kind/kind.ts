/**
 * What the truth must know about an instruction before it executes. Only an indirect jump (a return among them) can
 * resume a caller. What reads the processor's counter (`timestamp`) would give another value in each run.
 */
export const InstructionKind = { unknown: 0, other: 1, call: 2, indirect: 3, systemCall: 4, timestamp: 5 } as const;
export type InstructionKind = (typeof InstructionKind)[keyof typeof InstructionKind];
