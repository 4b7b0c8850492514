import type { Item } from '../assembly/item.ts';
import type { RowTracker, TrackedRow } from './row-tracker.ts';

/** Label of the 64-bit variable whose bits decide the branches of a program's functions. */
export const selectorLabel = 'selector';

/**
 * Writes one function instruction by instruction, with CFI that is exact at each of them. The order of calls is the
 * order of the code. An epilogue ends the frame in the CFI, too: code that follows a return begins with
 * `resume(state)`, which puts the frame back.
 */
export interface FunctionWriter {
  /** What has been written so far; more may be added to it directly. */
  readonly items: Item[];
  readonly row: RowTracker;
  /** Builds the whole frame. */
  prologue(): void;
  /** Tears the frame down up to the return. */
  epilogue(): void;
  ret(): void;
  /** Gives every saved register a fresh random value. */
  overwrite(): void;
  /** `count` instructions that change scratch registers and flags only. */
  work(count: number): void;
  call(label: string): void;
  /** Calls through a register. */
  callIndirect(label: string): void;
  /** Jumps to another function; what is behind the running frame is its caller. */
  tailCall(label: string): void;
  tailCallIndirect(label: string): void;
  label(name: string): void;
  jump(label: string): void;
  /** Jumps where the selector's bit is set. */
  branchIf(bit: number, label: string): void;
  /** Takes one off a 64-bit variable; jumps where it is 0. */
  countDown(variable: string, past: string): void;
  /** Another writer for a part of the same function that lies elsewhere, with an FDE of its own, in this frame. */
  fragment(state: FrameState): FunctionWriter;
  /** The frame as it is, to come back to. */
  state(): FrameState;
  /** The code that follows has this frame again; `how` says by which directives. */
  resume(state: FrameState, how: 'restoreState' | 'redeclare'): void;
  /** The entry's way of setting the selector from its first argument. */
  storeSelector(): void;
  /** Ends the program by the exit system call. */
  exit(): void;
}

/** A frame in mid-function. */
export interface FrameState {
  readonly row: TrackedRow;
  /** Distance from SP to the CFA, bytes. */
  readonly depth: number;
}
