/** What the truth must know about an instruction before it executes. */
export const InstructionKind = { unknown: 0, other: 1, call: 2, systemCall: 3 } as const;
export type InstructionKind = (typeof InstructionKind)[keyof typeof InstructionKind];
