import type { Architecture, ElfFile, FrameBuffer, Memory } from '../../engine/index.ts';

/** A module whose functions are on the stack. */
export interface BenchModule {
  readonly name: string;
  readonly elf: ElfFile;
  /** Added to every address of the file. */
  readonly loadBias: bigint;
}

/** A stack in memory that every contender walks; what it must find there is known from building it. */
export interface BenchStack {
  readonly name: string;
  readonly architecture: Architecture;
  readonly modules: readonly BenchModule[];
  /** The stack and nothing else, as a window. */
  readonly memory: Memory;
  /** Address of the first byte of `bytes`; the whole stack lies within one 4 GiB block. */
  readonly start: bigint;
  /** The stack's content, backed by a SharedArrayBuffer as another thread's would be. */
  readonly bytes: Uint8Array;
  /** Register file of frame 0; FP is the address of its frame record. */
  readonly registers: Uint32Array;
  /** Number of callers of frame 0, the last one (which has no row) included: what a walk visits. */
  readonly depth: number;
  /** Every frame as it was built: frame 0 and its callers. */
  readonly truth: FrameBuffer;
}

/** Something that walks a stack and is timed doing so: a built-in path, or a user's unwinder. */
export interface Contender {
  /** As tables and JSON name it. */
  readonly name: string;
  readonly description: string;
  /** Which registers of each frame it must find: all the CFI restores, only the PC, or the PC of so many frames. */
  readonly finds: 'registers' | 'addresses';
  /** Gets ready for a stack; called once, not timed. */
  open(stack: BenchStack): ContenderSession;
}

export interface ContenderSession {
  /** Walks the whole stack once, which is what is timed; returns the number of callers visited. */
  walk(): number;
  /** Walks once more, not timed, and adds each caller to `frames` (frame 0 is there) with what is known of it. */
  record(frames: FrameBuffer): void;
}
