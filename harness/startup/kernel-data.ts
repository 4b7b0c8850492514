import type { Architecture } from '../../engine/index.ts';
import type { Segment } from '../loader/image.ts';
import { viewOf } from '../loader/pages.ts';

/** What a processor like the emulated one tells programs on AArch64 (uapi/asm/hwcap.h). */
const hardwareBits = { fp: 0, asimd: 1, aes: 3, pmull: 4, sha1: 5, sha2: 6, crc32: 7, sha512: 21 } as const;
const ifuncArgumentHasMore = 1n << 62n;

/** `AT_HWCAP`; 0n on x86-64, where programs ask the processor. */
export function hardwareCapabilities({ name }: Architecture): bigint {
  if (name === 'x86-64') return 0n;
  return Object.values(hardwareBits).reduce((bits, bit) => bits | (1n << BigInt(bit)), 0n);
}

/** Memory a process gets from the kernel: its arguments and its environment, which is empty. */
export interface KernelData {
  readonly segment: Segment;
  /** Where functions that are given pointers may write: 16 bytes. */
  readonly scratch: { readonly address: bigint; readonly words: DataView };
  /** argc, argv, envp: the arguments of initialisers. */
  readonly initializerArguments: readonly bigint[];
  /** Of the functions that tell an address (aaelf64, "STT_GNU_IFUNC"; System V ABI for AArch64, GNU_IFUNC). */
  readonly resolverArguments: readonly bigint[];
}

export function kernelData(architecture: Architecture, address: bigint): KernelData {
  const bytes = new Uint8Array(new SharedArrayBuffer(0x1000));
  const view = viewOf(bytes);
  const name = 0x200;
  bytes.set(new TextEncoder().encode('plumbline\0'), name);
  const argv = 0x100;
  const environment = 0x180;
  view.setBigUint64(argv, address + BigInt(name), true);
  // __ifunc_arg_t: its size, AT_HWCAP, AT_HWCAP2.
  const more = 0x40;
  const capabilities = hardwareCapabilities(architecture);
  view.setBigUint64(more, 24n, true);
  view.setBigUint64(more + 8, capabilities, true);
  const scratch = 0x80;
  return {
    scratch: { address: address + BigInt(scratch), words: viewOf(bytes.subarray(scratch, scratch + 16)) },
    segment: { address, bytes, readable: true, writable: true, executable: false },
    initializerArguments: [1n, address + BigInt(argv), address + BigInt(environment)],
    resolverArguments:
      architecture.name === 'x86-64' ? [] : [capabilities | ifuncArgumentHasMore, address + BigInt(more)],
  };
}
