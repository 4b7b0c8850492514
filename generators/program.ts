import type { ArchitectureName } from '../engine/architecture/index.ts';
import type { ProgramFrames } from './cfi/fde.ts';

/**
 * Everything an unwinder may declare to lack. Without `callee-saved`, it is asked for PC and SP only, without
 * `signal-frame-flag` never which frames are signal frames; every feature it lacks but `callee-saved` excuses it from
 * the scenarios that need it.
 */
export const features = [
  'eh-frame-hdr',
  'debug-frame',
  'dwarf64',
  'section-relative-pointers',
  'expressions',
  'signal-frames',
  'signal-trampoline-by-code',
  'signal-frame-flag',
  'stack-pointer-rule',
  'pointer-authentication',
  'signing-with-pc',
  'callee-saved',
  'upper-half-addresses',
  'several-modules',
  'changing-modules',
] as const;

/** What an unwinder must be able to do for a scenario; one that declares to lack it is `missing`, not `fail`. */
export type Feature = (typeof features)[number];

/** A stretch of memory the program uses as a stack; the first of a program is the one its entry runs on. */
export interface Stack {
  readonly name: string;
  readonly start: bigint;
  /** Bytes, a multiple of 0x1000 as `start` is. */
  readonly size: number;
  /** Who stands behind the stack's outermost frame when it is not the entry's: whoever switched to it, or nobody. */
  readonly behind: 'switcher' | 'nobody';
}

/** How a walk can end, as unwinders answer it: see `Ending` of the engine. */
export type WalkEnding = 'root' | 'no-info' | 'limit' | 'loop' | 'invalid' | 'unsupported' | 'unreadable';

/**
 * Where what is known of a stack ends although callers stand behind, or where walks may go wrong. It concerns the frames
 * whose lookup address lies in a stretch of code: their PC, minus one where it is a return address.
 */
export interface WalkEnd {
  readonly start: bigint;
  /** First address behind the stretch. */
  readonly end: bigint;
  /** How a walk may end with such a frame as its last; the first is what reports name. */
  readonly endings: readonly WalkEnding[];
  /**
   * What may follow such a frame in an answer. `nothing`: the walk must end. `truth`: it may end or go on, and what it
   * says then must be right. `anything`: it need only come to an end at all. Default: `nothing`.
   */
  readonly behind?: 'nothing' | 'truth' | 'anything';
  /**
   * While such a frame calls, this much of the stack cannot be read: its own part, or all from there outwards. It has no
   * effect on the innermost frame of a stop.
   */
  readonly hides?: 'frame' | 'rest';
}

/** A signal the harness delivers, as the Linux kernel would, before the instruction at `at` executes. */
export interface Signal {
  /** Address of the interrupted instruction. */
  readonly at: bigint;
  /** Which arrival at that instruction is interrupted; 1 is the first. */
  readonly occurrence: number;
  /** Address of the handler, called with (signo, siginfo, ucontext). */
  readonly handler: bigint;
  /** Where the handler returns to: code that makes the rt_sigreturn system call. */
  readonly trampoline: bigint;
  /** Name of the alternate stack the handler runs on; without it, the interrupted one. */
  readonly stack?: string;
  /** The instruction is attempted, and the signal delivered when that raises an exception of the processor. */
  readonly fault?: true;
}

/** One execution from a fresh state: registers and stack are random from the program's seed and the run's index. */
export interface Run {
  readonly entry: bigint;
  /** `call`: entered as if called from the sentinel; `jump`: entered as the kernel enters `_start`, without a caller. */
  readonly start: 'call' | 'jump';
  /** Values of the integer argument registers, in order. */
  readonly arguments: readonly bigint[];
  /** Values of the vector argument registers, in order, 16 bytes each; without them, they are random as the others. */
  readonly vectorArguments?: readonly Uint8Array[];
  readonly signals: readonly Signal[];
  /**
   * What the entry finds as its return address where that leads nowhere: no code is there. The run must end by the exit
   * system call. A walk may report a caller there or end without it. Default: the harness's sentinel.
   */
  readonly returnAddress?: bigint;
  /** Unwinders get room for so many frames, at least 1, and cannot read the stack of further ones. Default: for all. */
  readonly room?: number;
  /** What the run must end with: the argument of the exit system call or the `int` its entry returns. */
  readonly exitStatus?: number;
}

/** Another file in a program's memory, with call frame information of its own. */
export interface Library {
  /** Unique in its program. */
  readonly name: string;
  /** The ELF file, as on disk. */
  readonly image: Uint8Array;
  /** Added to every address of the file; `instructions` have it added already. */
  readonly loadBias: bigint;
  /** As the program's own. */
  readonly instructions: readonly bigint[];
  readonly paddingBytes: number;
}

/** A library that gives way to another one while a program runs, as after `dlclose` and `dlopen`. */
export interface Exchange {
  /** It happens before the instruction at this address executes for the first time in a run. */
  readonly at: bigint;
  /** Name of the library that is unloaded. */
  readonly unload: string;
  /** Name of the library that is loaded, which is not there before. */
  readonly load: string;
}

/** An instruction at which a compiler's call frame information is known to contradict the execution. */
export interface ProducerFault {
  readonly at: bigint;
  /** The function it is in. */
  readonly function: string;
  /** The row that is wrong, as reports print it. */
  readonly row: string;
  /** Names what the compiler does wrong. */
  readonly kind: string;
}

/** What the generator knows that the call frame information says of one address. */
export interface ExpectedRow {
  /** Looked up as it is. */
  readonly at: bigint;
  /** The whole row as reports print it, such as `CFA=sp+16 x30=[CFA-16] signed`. */
  readonly row: string;
}

/** Machine code with everything needed to execute it; the same scenario, index and seed give the same bytes. */
export interface Program {
  /** `SCENARIO#INDEX`, unique within an architecture. */
  readonly name: string;
  /** Such as `prologue/push`. */
  readonly scenario: string;
  readonly architecture: ArchitectureName;
  readonly seed: string;
  /** The ELF file, as on disk. */
  readonly image: Uint8Array;
  /** Added to every address of the file. Every address in this object has it added already. */
  readonly loadBias: bigint;
  /** Files beside it. */
  readonly libraries?: readonly Library[];
  /** In the order in which they happen. */
  readonly exchanges?: readonly Exchange[];
  readonly stacks: readonly Stack[];
  readonly runs: readonly Run[];
  readonly needs: readonly Feature[];
  /**
   * Start of every emitted instruction, ascending, padding left out: all of them must be executed by the runs. Empty for
   * compiled programs, of which that is not demanded.
   */
  readonly instructions: readonly bigint[];
  /**
   * Code bytes that are only padding, exempt from execution: between functions, and before a signal trampoline, whose
   * FDE begins early.
   */
  readonly paddingBytes: number;
  /** Where walks end before the outermost frame; where stretches overlap, the first counts. */
  readonly walkEnds?: readonly WalkEnd[];
  /** Where the program's call frame information is known to be wrong; a fault that does not show is an error. */
  readonly producerFaults?: readonly ProducerFault[];
  /** What its call frame information says, where the program was generated. */
  readonly frames?: ProgramFrames;
  /**
   * Rows that an unwinder must find, each judged once: for what no emulator executes, so that only reading the call
   * frame information can be right or wrong. The instructions of such code are left out of `instructions`.
   */
  readonly expectedRows?: readonly ExpectedRow[];
}
