/** Unicorn's numbers of the registers of one architecture (`unicorn/x86.h`, `unicorn/arm64.h`). */
export interface UnicornRegisters {
  /** `uc_arch` and `uc_mode` for `uc_open`. */
  readonly arch: number;
  readonly mode: number;
  /** By engine column; -1 where the emulator has no such register. */
  readonly columns: readonly number[];
  readonly programCounter: number;
  readonly flags: number;
  /** FS base or TPIDR_EL0. */
  readonly threadPointer: number;
  /** 128-bit vector registers. */
  readonly vectors: readonly number[];
}
