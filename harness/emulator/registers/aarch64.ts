import type { UnicornRegisters } from './registers.ts';

/** x0–x28 are 199–227, x29 1, x30 2, SP 4, PC 260; RA_SIGN_STATE is no register; d8–d15 are 48–55. */
export const aarch64Registers: UnicornRegisters = {
  arch: 2,
  mode: 0,
  columns: [
    ...Array.from({ length: 29 }, (_, i) => 199 + i),
    1,
    2,
    4,
    260,
    -1,
    ...Array.from({ length: 8 }, (_, i) => 48 + i),
  ],
  programCounter: 260,
  flags: 3,
  threadPointer: 262,
  vectors: Array.from({ length: 32 }, (_, i) => 104 + i),
};
