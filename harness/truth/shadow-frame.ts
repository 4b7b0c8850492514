import type { Architecture, Ending } from '../../engine/index.ts';
import type { TrueFrame, TrueFrameKind } from './frame.ts';
import type { StackRegion } from './stack-region.ts';

/** A frame of the truth as the shadow stack keeps it; reused once popped. */
export class ShadowFrame implements TrueFrame {
  kind: TrueFrameKind = 'caller';
  readonly registers: Uint32Array;
  compared: Uint8Array;
  behind: ShadowFrame | null = null;
  /** Where the kernel saved it, for an interrupted frame. */
  signalFrame = 0n;
  /** The stack it ran on, for an interrupted frame. */
  interruptedOn: StackRegion | null = null;
  /** The call's target is the instruction it returns to. */
  callsNext = false;
  /** Where calls of the function it called have returned to, and the SP of then: PC and SP, as halves. */
  readonly landings: number[] = [];
  /** Number of frames from this one outwards. */
  depth = 0;
  /** How a right walk ends behind the outermost frame of this list. */
  ending: Ending = 'root';

  constructor(architecture: Architecture, compared: Uint8Array) {
    this.registers = new Uint32Array(2 * architecture.columnCount);
    this.compared = compared;
  }
}

/** By column, what the truth knows of an ordinary caller: what a callee must preserve, SP and PC. */
export function callerColumns(architecture: Architecture): Uint8Array {
  const compared = new Uint8Array(architecture.columnCount);
  for (const column of [...architecture.calleeSaved, architecture.sp, architecture.pc]) compared[column] = 1;
  return compared;
}

/** By column, what the truth knows of an interrupted frame: everything the kernel saved. */
export function interruptedColumns(architecture: Architecture): Uint8Array {
  const compared = new Uint8Array(architecture.columnCount).fill(1);
  if (architecture.signState >= 0) compared[architecture.signState] = 0;
  return compared;
}
