import { Random } from '../../generators/random.ts';
import { bytesAt, viewOf } from '../loader/pages.ts';
import type { LoadedProcess, ProcessSymbol } from '../loader/process/loaded-process.ts';
import type { StartupCalls } from './call.ts';
import { hardwareCapabilities, type KernelData } from './kernel-data.ts';

const AT_HWCAP = 16n;
const pageSize = 0x1000n;
/** Of the static thread-local storage of a new thread, its descriptor included: more than any process here has. */
const staticSize = 0x4000n;
const staticAlignment = 64n;
/** Added to each offset in a probe, so that no value is 0. */
const probe = 0x10_0000n;
/** Most bytes a symbol's object may have. */
const largestObject = 0x1_0000n;

/**
 * Sets what ld.so would have set for the C library, where its symbols are: the page size and the processor's
 * capabilities and the size of thread-local storage in `_rtld_global_ro`, whose layout differs from version to version.
 * Where in it a value is, functions that give out just that value tell, called while every word there holds its offset.
 */
export function setLoaderData(process: LoadedProcess, calls: StartupCalls, kernel: KernelData, seed: string): void {
  const { architecture } = process.image;
  setWord(process, '__stack_chk_guard', new Random(`${seed}/guard`).u64() & ~0xffn);
  const shared = process.symbol('_rtld_global_ro');
  const object = shared === undefined ? undefined : objectOf(process, shared);
  if (object === undefined) return;
  const { words, address } = kernel.scratch;
  const probes: readonly [name: string, args: readonly bigint[], values: readonly bigint[]][] = [
    ['getpagesize', [], [pageSize]],
    ['getauxval', [AT_HWCAP], [hardwareCapabilities(architecture)]],
    ['_dl_get_tls_static_info', [address, address + 8n], [staticSize, staticAlignment]],
  ];
  for (const [name, args, values] of probes) {
    const offsets = offsetsOf(process, calls, object, name, args, () =>
      args[0] === address ? [words.getBigUint64(0, true), words.getBigUint64(8, true)] : undefined,
    );
    for (const [i, offset] of offsets.entries()) {
      if (offset !== undefined) object.setBigUint64(offset, values[i]!, true);
    }
  }
}

/**
 * Where in an object the words are that a function returns, or that it has `written`; undefined for what is none of
 * them.
 */
function offsetsOf(
  process: LoadedProcess,
  calls: StartupCalls,
  object: DataView,
  name: string,
  args: readonly bigint[],
  written: () => readonly bigint[] | undefined,
): (number | undefined)[] {
  const symbol = process.symbol(name);
  if (symbol === undefined || symbol.isIndirect) return [];
  const bytes = new Uint8Array(object.buffer, object.byteOffset, object.byteLength);
  const before = bytes.slice();
  for (let at = 0; at + 8 <= object.byteLength; at += 8) object.setBigUint64(at, probe + BigInt(at), true);
  const { outcome, exitStatus = 0n } = calls.call(symbol.address, args);
  bytes.set(before);
  if (outcome !== 'finished') return [];
  return (written() ?? [exitStatus]).map((value) => {
    const offset = value - probe;
    const isInside = offset >= 0n && offset + 8n <= BigInt(object.byteLength) && offset % 8n === 0n;
    return isInside ? Number(offset) : undefined;
  });
}

function objectOf({ image }: LoadedProcess, { address, size }: ProcessSymbol): DataView | undefined {
  if (size < 8n || size > largestObject) return undefined;
  const writable = image.segments.filter((segment) => segment.writable);
  const bytes = bytesAt(writable, address, Number(size));
  return bytes === undefined ? undefined : viewOf(bytes);
}

function setWord(process: LoadedProcess, name: string, value: bigint): void {
  const symbol = process.symbol(name);
  if (symbol?.size !== 8n) return;
  objectOf(process, symbol)?.setBigUint64(0, value, true);
}
