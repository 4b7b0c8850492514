import type { Linux } from './linux.ts';

/**
 * What a system call comes to: the value it returns (unsigned; a negative error number where it failed), or what else
 * happens. `unsupported` says why nobody knows what the kernel would do.
 */
export type CallResult =
  | bigint
  | { readonly kind: 'exit'; readonly status: bigint }
  | { readonly kind: 'signal-return' }
  | { readonly kind: 'unsupported'; readonly reason: string };

/** Six arguments, unsigned 64-bit numbers. */
export type CallArguments = readonly [bigint, bigint, bigint, bigint, bigint, bigint];

/** Does one system call. */
export type SystemCall = (linux: Linux, args: CallArguments) => CallResult;

/** System calls by name. */
export type SystemCalls = Readonly<Record<string, SystemCall>>;

export const unsupported = (reason: string): CallResult => ({ kind: 'unsupported', reason });

/** An `int` argument: the upper half does not count. */
export const int = (argument: bigint): number => Number(BigInt.asIntN(32, argument));
