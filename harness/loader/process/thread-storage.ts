import { type Architecture, UnwindError } from '../../../engine/index.ts';
import { Random } from '../../../generators/random.ts';
import type { ThreadStorage } from '../dynamic/apply-relocations.ts';
import type { Segment } from '../image.ts';
import { alignUp } from '../object-layout.ts';
import { bytesAt, memoryLimit, pageCeiling, viewOf } from '../pages.ts';
import type { ProcessModule } from './process-module.ts';

/** Room for the C library's descriptor of a thread: above the thread pointer on x86-64, below it on AArch64. */
const descriptorSize = 0x1000n;
/** AArch64: the thread pointer leads to two words, the storage of the first module follows (aaelf64, "TLS"). */
const headerSize = 16n;
const largestAlignment = 0x1000;
/** Offsets from the thread pointer on x86-64: itself, the vector of modules, itself again, what guards stacks and pointers. */
const selfOffset = 0;
const vectorOffset = 8;
const descriptorOffset = 0x10;
const stackGuardOffset = 0x28;
const pointerGuardOffset = 0x30;

/** The thread-local storage of a process's only thread. */
export interface ProcessStorage {
  readonly threadPointer: bigint;
  readonly segments: readonly Segment[];
  of(module: ProcessModule): ThreadStorage | undefined;
  /** Copies the initial content of every module's storage, once that is relocated. */
  initialise(): void;
}

/**
 * Lays out the static storage of all modules from `base` on (Drepper, "ELF Handling For Thread-Local Storage": variant II
 * on x86-64, I on AArch64), with the vector of modules as ld.so's `__tls_get_addr` reads it.
 */
export function layOutStorage(
  architecture: Architecture,
  modules: readonly ProcessModule[],
  base: bigint,
  seed: string,
): ProcessStorage {
  const users = modules.filter((module) => module.storage !== undefined);
  const isBelow = architecture.name === 'x86-64';
  const offsets = new Map<ProcessModule, ThreadStorage>();
  let used = isBelow ? 0n : headerSize;
  let alignment = 64n;
  users.forEach((module, i) => {
    const { size, alignment: own } = checkedStorage(module);
    if (BigInt(own) > alignment) alignment = BigInt(own);
    if (isBelow) {
      used = alignUp(used + BigInt(size), BigInt(own));
      offsets.set(module, { number: i + 1, offset: -used });
    } else {
      used = alignUp(used, BigInt(own));
      offsets.set(module, { number: i + 1, offset: used });
      used += BigInt(size);
    }
  });
  if (used > BigInt(memoryLimit)) throw invalid(modules[0]!, `expected at most ${memoryLimit} bytes of all files`);
  const threadPointer = alignUp(base + (isBelow ? used : descriptorSize), alignment);
  const vector = alignUp(threadPointer + (isBelow ? descriptorSize : used), 16n);
  const end = vector + BigInt(16 * (users.length + 2));
  const bytes = new Uint8Array(new SharedArrayBuffer(Number(pageCeiling(end - base))));
  const segment: Segment = { address: base, bytes, readable: true, writable: true, executable: false };
  const view = viewOf(bytes);
  const write = (address: bigint, value: bigint) =>
    view.setBigUint64(Number(address - base), BigInt.asUintN(64, value), true);
  // Entry 0 is the generation, with the number of entries before it; a module's is its storage's address.
  write(vector, BigInt(users.length));
  const first = vector + 16n;
  for (const { number, offset } of offsets.values()) write(first + BigInt(16 * number), threadPointer + offset);
  if (isBelow) {
    const random = new Random(`${seed}/thread`);
    write(threadPointer + BigInt(selfOffset), threadPointer);
    write(threadPointer + BigInt(vectorOffset), first);
    write(threadPointer + BigInt(descriptorOffset), threadPointer);
    // As the C library makes it: a guard whose first byte ends strings.
    write(threadPointer + BigInt(stackGuardOffset), random.u64() & ~0xffn);
    write(threadPointer + BigInt(pointerGuardOffset), random.u64());
  } else write(threadPointer, first);
  return {
    threadPointer,
    segments: [segment],
    of: (module) => offsets.get(module),
    initialise() {
      for (const module of users) {
        const { address, fileSize } = module.storage!;
        const content = bytesAt(module.image.segments, address, fileSize);
        if (content === undefined) throw invalid(module, `initial content at 0x${address.toString(16)} must be loaded`);
        bytes.set(content, Number(threadPointer + offsets.get(module)!.offset - base));
      }
    },
  };
}

function checkedStorage(module: ProcessModule): NonNullable<ProcessModule['storage']> {
  const storage = module.storage!;
  const { size, fileSize, alignment } = storage;
  if (size > memoryLimit || fileSize > size) throw invalid(module, `sizes ${fileSize} and ${size} cannot be`);
  if (alignment > largestAlignment || (alignment & (alignment - 1)) !== 0) {
    throw invalid(module, `expected an alignment that is a power of two up to ${largestAlignment}, not ${alignment}`);
  }
  return storage;
}

const invalid = (module: ProcessModule, what: string): UnwindError =>
  new UnwindError('invalid', module.path, -1, `thread-local storage (PT_TLS): ${what}`);
