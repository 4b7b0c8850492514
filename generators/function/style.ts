/** How a function builds and tears down its frame. */
export interface FrameStyle {
  /** Number of callee-saved general registers it saves and overwrites. */
  readonly saved: number;
  /** Whose order of saving: GCC's or LLVM's. */
  readonly order: 'gcc' | 'llvm';
  readonly framePointer: boolean;
  /**
   * The body moves SP by amounts nobody knows beforehand: the CFA is based on the frame pointer, which is required, and the
   * epilogue takes SP from it. On x86-64 registers must be pushed.
   */
  readonly dynamic?: boolean;
  /** Saves while growing the stack (push, pre-indexed stores), or by plain stores into an allocated frame. */
  readonly saves: 'push' | 'store';
  /** Bytes of local variables, a multiple of 16. */
  readonly locals: number;
  /** Starts with `endbr64` or `bti c`. */
  readonly landingPad: boolean;
  /** AArch64: signs its return address with this key. */
  readonly sign?: 'a' | 'b';
  /** AArch64: number of d8–d15 it saves and overwrites. */
  readonly vectors: number;
  /** Touches every page of a large frame while allocating it, as `-fstack-clash-protection` does. */
  readonly probes: boolean;
  /** Other instructions stand between those of prologue and epilogue. */
  readonly scheduled?: boolean;
  /** Calls nothing: AArch64 need not save x30, and locals of x86-64 lie in the red zone. */
  readonly leaf: boolean;
  /**
   * Whether the CFI of an epilogue says that a register holds its value again, or goes on naming its slot. The latter
   * is exact only as long as the slot stays readable: then AArch64, without a red zone, says it at the last moment.
   */
  readonly restores: 'stated' | 'implied';
}

/** A style with nothing to it, to be overridden where a scenario wants something. */
export const plainStyle: FrameStyle = {
  saved: 0,
  order: 'gcc',
  framePointer: false,
  saves: 'push',
  locals: 0,
  landingPad: false,
  vectors: 0,
  probes: false,
  leaf: false,
  restores: 'stated',
};
