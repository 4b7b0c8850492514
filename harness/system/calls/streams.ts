import { type CallArguments, type CallResult, int, type SystemCalls, unsupported } from '../call.ts';
import { failure } from '../errors.ts';
import type { Linux } from '../linux.ts';

/** Most bytes one call moves; who wants more calls again. */
const mostBytes = 2 ** 20;
/** UIO_MAXIOV (include/uapi/linux/uio.h). */
const mostVectors = 1024;
const F_GETFD = 1;
const F_SETFD = 2;
const F_GETFL = 3;
const O_WRONLY = 1;
const POLLIN = 1;
const POLLOUT = 4;
const POLLNVAL = 32;
const pollSize = 8;

/** Standard input, output and error, which are pipes. No other file can be opened. */
export const streamCalls: SystemCalls = {
  read: (linux, [descriptor, address, length]) => read(linux, int(descriptor), [[address, length]]),
  readv: (linux, args) => withVectors(linux, args, read),
  write: (linux, [descriptor, address, length]) => write(linux, int(descriptor), [[address, length]]),
  writev: (linux, args) => withVectors(linux, args, write),
  close: ({ streams }, [descriptor]) => (streams.close(int(descriptor)) ? 0n : failure('EBADF')),
  lseek: ({ streams }, [descriptor]) => failure(streams.isOpen(int(descriptor)) ? 'ESPIPE' : 'EBADF'),
  ioctl: ({ streams }, [descriptor]) => failure(streams.isOpen(int(descriptor)) ? 'ENOTTY' : 'EBADF'),
  // No pipe can be sent from; programs copy by read and write then.
  sendfile: () => failure('EINVAL'),

  fcntl({ streams }, [descriptor, command]) {
    if (!streams.isOpen(int(descriptor))) return failure('EBADF');
    if (int(command) === F_GETFD || int(command) === F_SETFD) return 0n;
    if (int(command) === F_GETFL) return BigInt(int(descriptor) === 0 ? 0 : O_WRONLY);
    return unsupported('this command');
  },

  poll,
  ppoll: poll,
};

type Vectors = readonly (readonly [address: bigint, length: bigint])[];

function read({ streams, memory }: Linux, descriptor: number, vectors: Vectors): CallResult {
  if (descriptor !== 0 || !streams.isOpen(0)) return failure('EBADF');
  let total = 0;
  for (const [address, length] of vectors) {
    const room = clamp(length);
    // Whether it may be written is known before anything is taken.
    if (room > 0 && !memory.isWritable(address, room)) return total > 0 ? BigInt(total) : failure('EFAULT');
    const bytes = streams.read(room);
    memory.write(address, bytes);
    total += bytes.byteLength;
    if (bytes.byteLength < room) break;
  }
  return BigInt(total);
}

function write({ streams, memory }: Linux, descriptor: number, vectors: Vectors): CallResult {
  if ((descriptor !== 1 && descriptor !== 2) || !streams.isOpen(descriptor)) return failure('EBADF');
  let total = 0;
  for (const [address, length] of vectors) {
    const bytes = memory.read(address, clamp(length));
    if (bytes === undefined) return total > 0 ? BigInt(total) : failure('EFAULT');
    streams.write(descriptor, bytes);
    total += bytes.byteLength;
  }
  return BigInt(total);
}

const clamp = (length: bigint): number => (length > BigInt(mostBytes) ? mostBytes : Number(length));

/** struct iovec: base and length, 8 bytes each. */
function withVectors(
  linux: Linux,
  [descriptor, address, count]: CallArguments,
  call: (linux: Linux, descriptor: number, vectors: Vectors) => CallResult,
): CallResult {
  if (int(count) < 0 || int(count) > mostVectors) return failure('EINVAL');
  const bytes = linux.memory.read(address, 16 * int(count));
  if (bytes === undefined) return failure('EFAULT');
  const words = new BigUint64Array(bytes.buffer);
  const vectors = Array.from({ length: int(count) }, (_, i) => [words[2 * i]!, words[2 * i + 1]!] as const);
  return call(linux, int(descriptor), vectors);
}

/** Input is always there, if only its end, and output always taken. */
function poll({ streams, memory }: Linux, [address, count]: CallArguments): CallResult {
  if (count > 64n) return failure('EINVAL');
  const bytes = memory.read(address, pollSize * Number(count));
  if (bytes === undefined) return failure('EFAULT');
  const view = new DataView(bytes.buffer);
  let ready = 0n;
  for (let offset = 0; offset < bytes.byteLength; offset += pollSize) {
    const descriptor = view.getInt32(offset, true);
    const possible = !streams.isOpen(descriptor) ? POLLNVAL : descriptor === 0 ? POLLIN : POLLOUT;
    const wanted = view.getInt16(offset + 4, true) | POLLNVAL;
    const events = descriptor < 0 ? 0 : wanted & possible;
    view.setInt16(offset + 6, events, true);
    if (events !== 0) ready++;
  }
  if (!memory.write(address, bytes)) return failure('EFAULT');
  return ready > 0n ? ready : unsupported('waiting for what never happens');
}
