import { type CallArguments, type CallResult, int, type SystemCalls, unsupported } from '../call.ts';
import { failure } from '../errors.ts';
import { groupId, processId, userId } from '../identity.ts';
import type { Linux } from '../linux.ts';

/** arch/x86/include/uapi/asm/prctl.h */
const ARCH_SET_FS = 0x1002;
const ARCH_GET_FS = 0x1003;
const PR_SET_NAME = 15;
const FUTEX_WAIT = 0;
const FUTEX_WAKE = 1;
const FUTEX_WAIT_BITSET = 9;
const FUTEX_WAKE_BITSET = 10;
/** FUTEX_PRIVATE_FLAG and FUTEX_CLOCK_REALTIME do not matter to one thread. */
const futexCommand = 0x7f;
const RLIMIT_STACK = 3;
const RLIMIT_NOFILE = 7;
const unlimited = 2n ** 64n - 1n;
/** Most random bytes of one call, as include/linux/random.h has it for interruptible ones. */
const mostRandom = 2 ** 20;
/** struct new_utsname: six texts. */
const nameLength = 65;

/** What a process of one thread asks about itself. */
export const processCalls: SystemCalls = {
  exit,
  exit_group: exit,
  getpid: () => BigInt(processId),
  gettid: () => BigInt(processId),
  getppid: () => 1n,
  getpgid: () => BigInt(processId),
  getpgrp: () => BigInt(processId),
  getsid: () => BigInt(processId),
  getuid: () => BigInt(userId),
  geteuid: () => BigInt(userId),
  getgid: () => BigInt(groupId),
  getegid: () => BigInt(groupId),
  getgroups: () => 0n,
  setuid: (_, [user]) => become(user, userId),
  setgid: (_, [group]) => become(group, groupId),
  umask: () => 0o22n,
  set_tid_address: () => BigInt(processId),
  set_robust_list: () => 0n,
  /** C libraries do without. */
  rseq: () => failure('ENOSYS'),
  membarrier: () => failure('ENOSYS'),
  sched_yield: () => 0n,

  prctl: (_, [option]) => (int(option) === PR_SET_NAME ? 0n : failure('EINVAL')),

  arch_prctl({ memory, emulator }, [code, address]) {
    switch (int(code)) {
      case ARCH_SET_FS:
        if (address >= 2n ** 47n) return failure('EPERM');
        emulator.writeThreadPointer(address);
        return 0n;
      case ARCH_GET_FS: {
        const base = BigUint64Array.of(emulator.readThreadPointer());
        return memory.write(address, new Uint8Array(base.buffer)) ? 0n : failure('EFAULT');
      }
      default:
        return failure('EINVAL');
    }
  },

  prlimit64: (linux, [, resource, wanted, address]) =>
    wanted === 0n ? limits(linux, int(resource), address) : failure('EPERM'),
  getrlimit: (linux, [resource, address]) => limits(linux, int(resource), address),

  getrandom({ memory, random }, [address, length]) {
    const count = length > BigInt(mostRandom) ? mostRandom : Number(length);
    const bytes = Uint8Array.from({ length: count }, () => random.below(256));
    return memory.write(address, bytes) ? BigInt(count) : failure('EFAULT');
  },

  uname({ memory, machine }, [address]) {
    const bytes = new Uint8Array(6 * nameLength);
    ['Linux', 'plumbline', '6.1.0', '#1 SMP', machine, '(none)'].forEach((text, i) => {
      bytes.set(new TextEncoder().encode(text), i * nameLength);
    });
    return memory.write(address, bytes) ? 0n : failure('EFAULT');
  },

  /** One processor. */
  sched_getaffinity({ memory }, [, size, address]) {
    if (size < 8n) return failure('EINVAL');
    const set = Uint8Array.of(1, 0, 0, 0, 0, 0, 0, 0);
    return memory.write(address, set) ? 8n : failure('EFAULT');
  },

  futex,
};

/** Who waits for the process learns the low 8 bits (wait(2)). */
function exit(_: Linux, [status]: CallArguments): CallResult {
  return { kind: 'exit', status: BigInt.asUintN(8, status) };
}

/** Nobody but root may become somebody else. */
const become = (wanted: bigint, own: number): bigint => (int(wanted) === own ? 0n : failure('EPERM'));

/** There is no other thread: nobody waits, and who waits does so for ever. */
function futex({ memory }: Linux, [address, operation, value]: CallArguments): CallResult {
  const command = int(operation) & futexCommand;
  if (command === FUTEX_WAKE || command === FUTEX_WAKE_BITSET) return 0n;
  if (command !== FUTEX_WAIT && command !== FUTEX_WAIT_BITSET) return failure('ENOSYS');
  const bytes = memory.read(address, 4);
  if (bytes === undefined) return failure('EFAULT');
  if (new DataView(bytes.buffer).getInt32(0, true) !== int(value)) return failure('EAGAIN');
  return unsupported('waiting for another thread');
}

function limits({ memory, stackSize }: Linux, resource: number, address: bigint): CallResult {
  if (resource < 0 || resource > 15) return failure('EINVAL');
  if (address === 0n) return 0n;
  const most = resource === RLIMIT_STACK ? BigInt(stackSize) : resource === RLIMIT_NOFILE ? 1024n : unlimited;
  const both = BigUint64Array.of(most, most);
  return memory.write(address, new Uint8Array(both.buffer)) ? 0n : failure('EFAULT');
}
