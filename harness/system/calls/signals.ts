import { type CallResult, int, type SystemCalls, unsupported } from '../call.ts';
import { failure } from '../errors.ts';
import { processId } from '../identity.ts';
import type { Linux } from '../linux.ts';
import { isCatchable, isSignal, SI_TKILL, SI_USER, SS_DISABLE } from '../signals.ts';

/** Bytes of a signal mask. */
const maskSize = 8n;
const SIG_BLOCK = 0;
const SIG_UNBLOCK = 1;
const SIG_SETMASK = 2;
/** struct sigaction of the kernel: handler, flags, restorer, mask. */
const actionSize = 32;
/** struct sigaltstack: address, flags, size. */
const stackSize = 24;
/** MINSIGSTKSZ: include/uapi/asm-generic/signal.h, arch/arm64/include/uapi/asm/signal.h. */
const smallestStack = { x86_64: 2048n, aarch64: 5120n } as const;

/** Signals a process sets up and sends to itself. */
export const signalCalls: SystemCalls = {
  rt_sigaction({ memory, signals }, [number, wanted, before, size]) {
    const signal = int(number);
    if (size !== maskSize || !isSignal(signal)) return failure('EINVAL');
    if (wanted !== 0n && !isCatchable(signal)) return failure('EINVAL');
    const bytes = wanted === 0n ? undefined : memory.read(wanted, actionSize);
    if (wanted !== 0n && bytes === undefined) return failure('EFAULT');
    const old = signals.action(signal);
    const oldWords = BigUint64Array.of(old.handler, old.flags, old.restorer, old.mask);
    if (before !== 0n && !memory.write(before, new Uint8Array(oldWords.buffer))) return failure('EFAULT');
    if (bytes !== undefined) {
      const words = new BigUint64Array(bytes.buffer);
      signals.setAction(signal, { handler: words[0]!, flags: words[1]!, restorer: words[2]!, mask: words[3]! });
    }
    return 0n;
  },

  rt_sigprocmask({ memory, signals }, [how, wanted, before, size]) {
    if (size !== maskSize) return failure('EINVAL');
    const bytes = wanted === 0n ? undefined : memory.read(wanted, 8);
    if (wanted !== 0n && bytes === undefined) return failure('EFAULT');
    const old = signals.mask;
    if (bytes !== undefined) {
      const [set] = new BigUint64Array(bytes.buffer) as unknown as [bigint];
      if (int(how) === SIG_BLOCK) signals.setMask(old | set);
      else if (int(how) === SIG_UNBLOCK) signals.setMask(old & ~set);
      else if (int(how) === SIG_SETMASK) signals.setMask(set);
      else return failure('EINVAL');
    }
    const oldBytes = new Uint8Array(BigUint64Array.of(old).buffer);
    return before === 0n || memory.write(before, oldBytes) ? 0n : failure('EFAULT');
  },

  rt_sigpending: ({ memory, signals }, [address]) =>
    memory.write(address, new Uint8Array(BigUint64Array.of(signals.pending).buffer)) ? 0n : failure('EFAULT'),

  rt_sigreturn: () => ({ kind: 'signal-return' }),

  sigaltstack(linux, [wanted, before]) {
    const { memory, signals, machine } = linux;
    const bytes = wanted === 0n ? undefined : memory.read(wanted, stackSize);
    if (wanted !== 0n && bytes === undefined) return failure('EFAULT');
    const onIt = linux.isOnAlternateStack();
    if (before !== 0n) {
      const old = new Uint8Array(stackSize);
      const view = new DataView(old.buffer);
      view.setBigUint64(0, signals.alternate?.address ?? 0n, true);
      view.setInt32(8, signals.alternate === undefined ? SS_DISABLE : onIt ? 1 : 0, true);
      view.setBigUint64(16, BigInt(signals.alternate?.size ?? 0), true);
      if (!memory.write(before, old)) return failure('EFAULT');
    }
    if (bytes === undefined) return 0n;
    if (onIt) return failure('EPERM');
    const view = new DataView(bytes.buffer);
    if ((view.getInt32(8, true) & SS_DISABLE) !== 0) return linux.setAlternateStack(undefined);
    const [address, size] = [view.getBigUint64(0, true), view.getBigUint64(16, true)];
    if (size < smallestStack[machine]) return failure('ENOMEM');
    return linux.setAlternateStack({ address, size: Number(size > 2n ** 32n ? 2n ** 32n : size) });
  },

  kill: (linux, [process, number]) => send(linux, int(process), int(number), SI_USER),
  tkill: (linux, [thread, number]) => send(linux, int(thread), int(number), SI_TKILL),
  tgkill: (linux, [, thread, number]) => send(linux, int(thread), int(number), SI_TKILL),
};

/** To itself; there is no other process. */
function send({ signals }: Linux, target: number, number: number, code: number): CallResult {
  if (number !== 0 && !isSignal(number)) return failure('EINVAL');
  // 0 is the whole process group.
  if (target !== processId && target !== 0) return unsupported('a signal to another process');
  if (number !== 0) signals.raise(number, code);
  return 0n;
}
