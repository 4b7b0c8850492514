/** What a frame of the truth is; it decides which registers are compared. */
export type TrueFrameKind = 'caller' | 'sentinel' | 'trampoline' | 'interrupted';

/**
 * One frame of the truth behind a stop's own: where it resumes, its SP and its registers, all from execution.
 * Frames form a list from the innermost caller outwards.
 */
export interface TrueFrame {
  readonly kind: TrueFrameKind;
  /** A register file in the engine's columns; PC (unsigned) and SP included. */
  readonly registers: Uint32Array;
  /** By column, 1 where the register is part of the truth of this frame. */
  readonly compared: Uint8Array;
  /** Address of the frame the kernel saved the registers in; of an interrupted frame only. */
  readonly signalFrame: bigint;
  readonly behind: TrueFrame | null;
}
