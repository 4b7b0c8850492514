import type { ArchitectureName } from '../../engine/architecture/index.ts';

/** `size` bytes of NOP instructions; throws a RangeError where AArch64 cannot fill them with whole instructions. */
export function padding(architecture: ArchitectureName, size: number): Uint8Array {
  if (architecture === 'x86-64') return new Uint8Array(size).fill(0x90);
  if (size % 4 !== 0) throw new RangeError(`${size} bytes of padding are no whole AArch64 instructions`);
  return Uint8Array.from({ length: size }, (_, i) => [0x1f, 0x20, 0x03, 0xd5][i % 4]!);
}
