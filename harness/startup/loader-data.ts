import { Random } from '../../generators/random.ts';
import { bytesAt, viewOf } from '../loader/pages.ts';
import type { LoadedProcess, ProcessSymbol } from '../loader/process/loaded-process.ts';
import type { StartupCalls } from './call.ts';
import { hardwareCapabilities } from './kernel-data.ts';

const AT_HWCAP = 16n;
const pageSize = 0x1000n;
/** Added to each offset in a probe, so that no value is 0. */
const probe = 0x10_0000n;
/** Most bytes a symbol's object may have. */
const largestObject = 0x1_0000n;

/**
 * Sets what ld.so would have set for the C library, where its symbols are: the page size and the processor's
 * capabilities in `_rtld_global_ro`, whose layout differs from version to version. Where in it a value is, functions of
 * the C library that return just that value tell, called while every word there holds its own offset.
 */
export function setLoaderData(process: LoadedProcess, calls: StartupCalls, seed: string): void {
  const { architecture } = process.image;
  setWord(process, '__stack_chk_guard', new Random(`${seed}/guard`).u64() & ~0xffn);
  const shared = process.symbol('_rtld_global_ro');
  const object = shared === undefined ? undefined : objectOf(process, shared);
  if (object === undefined) return;
  const places = [
    { offset: offsetOf(process, calls, object, 'getpagesize', []), value: pageSize },
    { offset: offsetOf(process, calls, object, 'getauxval', [AT_HWCAP]), value: hardwareCapabilities(architecture) },
  ];
  for (const { offset, value } of places) if (offset !== undefined) object.setBigUint64(offset, value, true);
}

/** Where in an object the word is that a function returns; undefined where it returns none of them. */
function offsetOf(
  process: LoadedProcess,
  calls: StartupCalls,
  object: DataView,
  name: string,
  args: readonly bigint[],
): number | undefined {
  const symbol = process.symbol(name);
  if (symbol === undefined || symbol.isIndirect) return undefined;
  const bytes = new Uint8Array(object.buffer, object.byteOffset, object.byteLength);
  const before = bytes.slice();
  for (let at = 0; at + 8 <= object.byteLength; at += 8) object.setBigUint64(at, probe + BigInt(at), true);
  const { outcome, exitStatus = 0n } = calls.call(symbol.address, args);
  bytes.set(before);
  const offset = exitStatus - probe;
  if (outcome !== 'finished' || offset < 0n || offset + 8n > BigInt(object.byteLength) || offset % 8n !== 0n) {
    return undefined;
  }
  return Number(offset);
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
