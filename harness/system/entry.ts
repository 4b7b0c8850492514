import { PT_LOAD, UnwindError } from '../../engine/index.ts';
import { Random } from '../../generators/random.ts';
import type { LoadedImage } from '../loader/image.ts';
import { bytesAt, viewOf } from '../loader/pages.ts';
import { groupId, userId } from './identity.ts';

// include/uapi/linux/auxvec.h
const AT_NULL = 0n;
const AT_PHDR = 3n;
const AT_PHENT = 4n;
const AT_PHNUM = 5n;
const AT_PAGESZ = 6n;
const AT_BASE = 7n;
const AT_FLAGS = 8n;
const AT_ENTRY = 9n;
const AT_UID = 11n;
const AT_EUID = 12n;
const AT_GID = 13n;
const AT_EGID = 14n;
const AT_PLATFORM = 15n;
const AT_HWCAP = 16n;
const AT_CLKTCK = 17n;
const AT_SECURE = 23n;
const AT_RANDOM = 25n;
const AT_HWCAP2 = 26n;
const AT_EXECFN = 31n;

const PT_PHDR = 6;
const programHeaderSize = 56;
/** `e_phoff` in the ELF header. */
const programHeaderOffset = 32n;

/** What every such processor has: x86-64's baseline as CPUID 1 EDX has it; floating point and Advanced SIMD. */
const capabilities = { 'x86-64': 0x078b_fbffn, aarch64: 0b11n } as const;
const platforms = { 'x86-64': 'x86_64', aarch64: 'aarch64' } as const;

/** How a program is started. */
export interface Invocation {
  /** The name of its file first, as programs know themselves. */
  readonly arguments: readonly string[];
  /** `NAME=VALUE`. */
  readonly environment: readonly string[];
}

/**
 * What the kernel puts at the top of the stack of a new process (System V ABI, "Process Initialization"): the count of
 * arguments, the arguments, the environment, the auxiliary vector, and behind them what they point to. Returns the bytes
 * and the stack pointer, which is their address. Throws `UnwindError` where they do not fit.
 */
export function initialStack(
  image: LoadedImage,
  { arguments: words, environment }: Invocation,
  top: bigint,
  room: number,
  seed: string,
): { readonly sp: bigint; readonly bytes: Uint8Array } {
  const { architecture } = image;
  const encoder = new TextEncoder();
  const random = new Random(`${seed}/at-random`);
  const blocks: Uint8Array[] = [];
  // From the top downwards: a word of zeros, then each block.
  let at = top - 8n;
  const place = (block: Uint8Array): bigint => {
    at -= BigInt(block.byteLength);
    blocks.push(block);
    return at;
  };
  const text = (value: string): bigint => place(encoder.encode(`${value}\0`));
  const fileName = text(words[0] ?? '');
  const environmentAt = environment.map(text);
  const argumentsAt = words.map(text);
  const platform = text(platforms[architecture.name]);
  const randomBytes = place(Uint8Array.from({ length: 16 }, () => random.below(256)));
  const vector = [
    ...[AT_PAGESZ, 0x1000n, AT_CLKTCK, 100n, AT_BASE, 0n, AT_FLAGS, 0n, AT_SECURE, 0n],
    ...[AT_HWCAP, capabilities[architecture.name], AT_HWCAP2, 0n, AT_PLATFORM, platform],
    ...[AT_UID, userId, AT_EUID, userId, AT_GID, groupId, AT_EGID, groupId].map(BigInt),
    ...[AT_RANDOM, randomBytes, AT_EXECFN, fileName, ...programHeaders(image), AT_NULL, 0n],
  ];
  const pointers = [BigInt(words.length), ...argumentsAt, 0n, ...environmentAt, 0n, ...vector];
  const sp = (at - BigInt(8 * pointers.length)) & ~15n;
  const size = Number(top - sp);
  if (size > room) {
    throw new UnwindError('invalid', 'arguments', -1, `expected at most ${room} bytes of arguments and environment`);
  }
  const bytes = new Uint8Array(size);
  bytes.set(new Uint8Array(BigUint64Array.from(pointers).buffer));
  let end = size - 8;
  for (const block of blocks) {
    end -= block.byteLength;
    bytes.set(block, end);
  }
  return { sp, bytes };
}

/** Where the program headers and the entry are in memory; a file without the former in a segment has none. */
function programHeaders({ modules, segments }: LoadedImage): bigint[] {
  const { elf, loadBias } = modules[0]!;
  const entry = [AT_ENTRY, BigInt.asUintN(64, elf.entry + loadBias)];
  const own = elf.segments.find(({ type }) => type === PT_PHDR);
  const first = elf.segments.find(({ type, offset }) => type === PT_LOAD && offset === 0);
  let address = own === undefined ? undefined : own.address + loadBias;
  if (address === undefined && first !== undefined) {
    const field = bytesAt(segments, BigInt.asUintN(64, first.address + loadBias + programHeaderOffset), 8);
    if (field !== undefined) address = first.address + loadBias + viewOf(field).getBigUint64(0, true);
  }
  if (address === undefined) return entry;
  const count = BigInt(elf.segments.length);
  return [AT_PHDR, BigInt.asUintN(64, address), AT_PHENT, BigInt(programHeaderSize), AT_PHNUM, count, ...entry];
}
