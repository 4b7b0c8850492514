import { type ElfFile, PT_LOAD } from '../../engine/index.ts';

/** Finds the code of a linked file by its address. */
export function codeOf(elf: ElfFile): (address: bigint, size: number) => Uint8Array | undefined {
  const segments = elf.segments.filter(({ type, fileSize }) => type === PT_LOAD && fileSize > 0);
  return (address, size) => {
    const end = address + BigInt(size);
    const segment = segments.find((one) => address >= one.address && end <= one.address + BigInt(one.fileSize));
    if (segment === undefined) return undefined;
    const offset = Number(address - segment.address);
    return segment.bytes.subarray(offset, offset + size);
  };
}
