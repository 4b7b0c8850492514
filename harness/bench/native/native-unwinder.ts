import type { LibraryKind } from './installation.ts';

/** A program of the folder `c` that times one unwinder. */
export interface NativeUnwinder {
  readonly name: string;
  /** What is timed, in a few words. */
  readonly measured: string;
  /** File in the folder `c`. */
  readonly source: string;
  /** Compiler flags beyond those all have. */
  readonly flags: readonly string[];
  /** The library it is linked with beyond those of the compiler. */
  readonly library: LibraryKind | undefined;
}

const withoutFramePointer = '-fomit-frame-pointer';

// Its own definition of sigprocmask has to be found by the library.
const withoutSignalMask = ['-DWITHOUT_SIGNAL_MASK', '-rdynamic'];

/** The native unwinders the benchmark compares with, the plainest first. */
export const nativeUnwinders: readonly NativeUnwinder[] = [
  {
    name: 'frame-pointer',
    measured: 'frame-pointer walk in C',
    source: 'frame-pointer.c',
    flags: ['-fno-omit-frame-pointer', '-fno-optimize-sibling-calls'],
    library: undefined,
  },
  {
    name: 'nongnu-backtrace',
    measured: 'nongnu unw_backtrace: SP, FP and return address only, cached',
    source: 'unw-backtrace.c',
    flags: [withoutFramePointer],
    library: 'nongnu-libunwind',
  },
  {
    name: 'libgcc',
    measured: 'libgcc _Unwind_Backtrace',
    source: 'libgcc.c',
    flags: [withoutFramePointer],
    library: undefined,
  },
  {
    name: 'llvm-libunwind',
    measured: 'LLVM unw_step',
    source: 'unw-step.c',
    flags: [withoutFramePointer],
    library: 'llvm-libunwind',
  },
  {
    name: 'nongnu-step',
    measured: 'nongnu unw_step, its default cache',
    source: 'unw-step.c',
    flags: [withoutFramePointer],
    library: 'nongnu-libunwind',
  },
  {
    name: 'nongnu-step-no-syscalls',
    measured: 'nongnu unw_step, its default cache, signals not blocked in each step',
    source: 'unw-step.c',
    flags: [withoutFramePointer, ...withoutSignalMask],
    library: 'nongnu-libunwind',
  },
  {
    name: 'nongnu-step-uncached',
    measured: 'nongnu unw_step, UNW_CACHE_NONE',
    source: 'unw-step.c',
    flags: [withoutFramePointer, '-DUNCACHED'],
    library: 'nongnu-libunwind',
  },
  {
    name: 'nongnu-step-uncached-no-syscalls',
    measured: 'nongnu unw_step, UNW_CACHE_NONE, signals not blocked in each step',
    source: 'unw-step.c',
    flags: [withoutFramePointer, '-DUNCACHED', ...withoutSignalMask],
    library: 'nongnu-libunwind',
  },
  {
    name: 'elfutils',
    measured: 'elfutils dwfl_getthread_frames over a snapshot of its own process, attached once',
    source: 'elfutils.c',
    flags: [withoutFramePointer],
    library: 'elfutils',
  },
];
