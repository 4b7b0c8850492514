import { type CallArguments, type CallResult, int, type SystemCall, type SystemCalls } from '../call.ts';
import { failure } from '../errors.ts';
import { groupId, userId } from '../identity.ts';
import type { Linux } from '../linux.ts';

/** PATH_MAX (include/uapi/linux/limits.h). */
const longestPath = 4096;
const AT_EMPTY_PATH = 0x1000;
/** S_IFIFO, readable and writable by the owner. */
const pipeMode = 0o010600;

/** Calls with the path in this argument; there are no files. */
const pathArgument: Readonly<Record<string, number>> = {
  open: 0,
  creat: 0,
  stat: 0,
  lstat: 0,
  access: 0,
  readlink: 0,
  unlink: 0,
  rmdir: 0,
  chdir: 0,
  statfs: 0,
  openat: 1,
  openat2: 1,
  faccessat: 1,
  faccessat2: 1,
  readlinkat: 1,
  unlinkat: 1,
};

/** Files: none but the standard streams exist. */
export const fileCalls: SystemCalls = {
  ...Object.fromEntries(Object.entries(pathArgument).map(([name, at]) => [name, withPath(at)])),

  fstat: (linux, [descriptor, address]) => status(linux, int(descriptor), address),

  newfstatat(linux, args) {
    const [descriptor, path, address, flags] = args;
    const isEmpty = linux.memory.read(path, 1)?.[0] === 0;
    if ((int(flags) & AT_EMPTY_PATH) !== 0 && isEmpty) return status(linux, int(descriptor), address);
    return withPath(1)(linux, args);
  },

  statx: (linux, args) => (linux.memory.read(args[1], 1)?.[0] === 0 ? failure('ENOSYS') : withPath(1)(linux, args)),

  getcwd({ memory }, [address, size]) {
    if (size < 2n) return failure('ERANGE');
    return memory.write(address, Uint8Array.of(0x2f, 0)) ? 2n : failure('EFAULT');
  },
};

function withPath(at: number): SystemCall {
  return ({ memory }: Linux, args: CallArguments): CallResult => {
    const path = memory.readText(args[at]!, longestPath);
    return failure(path === undefined ? 'EFAULT' : 'ENOENT');
  };
}

/** struct stat of a pipe: arch/x86/include/uapi/asm/stat.h, include/uapi/asm-generic/stat.h. */
function status({ streams, memory, machine }: Linux, descriptor: number, address: bigint): CallResult {
  if (!streams.isOpen(descriptor)) return failure('EBADF');
  const isX86 = machine === 'x86_64';
  const bytes = new Uint8Array(isX86 ? 144 : 128);
  const view = new DataView(bytes.buffer);
  view.setBigUint64(8, BigInt(descriptor + 1), true);
  view.setUint32(isX86 ? 24 : 16, pipeMode, true);
  view.setUint32(isX86 ? 16 : 20, 1, true);
  view.setUint32(isX86 ? 28 : 24, userId, true);
  view.setUint32(isX86 ? 32 : 28, groupId, true);
  view.setUint32(56, 4096, true);
  return memory.write(address, bytes) ? 0n : failure('EFAULT');
}
