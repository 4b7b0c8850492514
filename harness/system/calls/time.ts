import { type CallResult, int, type SystemCalls } from '../call.ts';
import { failure } from '../errors.ts';
import type { Linux } from '../linux.ts';

const nanosecondsASecond = 1_000_000_000n;
/** CLOCK_REALTIME … CLOCK_TAI (include/uapi/linux/time.h). */
const lastClock = 11;

/** Time that passes only by asking for it and by waiting, so that a run is the same every time. */
export const timeCalls: SystemCalls = {
  clock_gettime({ clock, memory }, [id, address]) {
    if (int(id) < 0 || int(id) > lastClock) return failure('EINVAL');
    return done(memory.write(address, timespec(clock.read())));
  },

  clock_getres({ memory }, [id, address]) {
    if (int(id) < 0 || int(id) > lastClock) return failure('EINVAL');
    return address === 0n ? 0n : done(memory.write(address, timespec(1n)));
  },

  gettimeofday({ clock, memory }, [address, zone]) {
    const now = clock.read();
    const time = words(now / nanosecondsASecond, (now % nanosecondsASecond) / 1000n);
    const zoneWritten = zone === 0n || memory.write(zone, new Uint8Array(8));
    return done(zoneWritten && (address === 0n || memory.write(address, time)));
  },

  time({ clock, memory }, [address]) {
    const seconds = clock.read() / nanosecondsASecond;
    return address === 0n || memory.write(address, words(seconds)) ? seconds : failure('EFAULT');
  },

  nanosleep: (linux, [request]) => sleep(linux, request),
  clock_nanosleep: (linux, [, flags, request]) => (int(flags) === 0 ? sleep(linux, request) : 0n),

  /** struct tms: four times of 8 bytes; nothing has taken any. */
  times: ({ memory }, [address]) =>
    address === 0n || memory.write(address, new Uint8Array(32)) ? 0n : failure('EFAULT'),
  /** struct rusage: two times and fourteen counts. */
  getrusage: ({ memory }, [, address]) => done(memory.write(address, new Uint8Array(144))),
};

function sleep({ clock, memory }: Linux, request: bigint): CallResult {
  const bytes = memory.read(request, 16);
  if (bytes === undefined) return failure('EFAULT');
  const [seconds, nanoseconds] = new BigUint64Array(bytes.buffer) as unknown as [bigint, bigint];
  if (nanoseconds >= nanosecondsASecond || seconds >= 2n ** 63n) return failure('EINVAL');
  clock.pass(seconds * nanosecondsASecond + nanoseconds);
  return 0n;
}

const done = (written: boolean): bigint => (written ? 0n : failure('EFAULT'));

const timespec = (time: bigint): Uint8Array => words(time / nanosecondsASecond, time % nanosecondsASecond);

const words = (...values: readonly bigint[]): Uint8Array => new Uint8Array(BigUint64Array.from(values).buffer);
