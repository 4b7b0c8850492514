import { PT_LOAD, SHF_ALLOC, SHF_EXECINSTR, SHT_NOBITS } from './constants.ts';
import type { ElfFile } from './file.ts';
import { type Placement, placedAddress } from './frame-sections.ts';

/** Bytes that are loaded from a file. */
interface Loaded {
  readonly address: bigint;
  readonly bytes: Uint8Array;
}

/**
 * Where the code bytes of a file are: a function from an address in the unwound program and a number of bytes to a view
 * of them, or to undefined where the file does not have them all in one piece. Relocations are not applied.
 */
export function codeBytes(
  elf: ElfFile,
  placement: Placement,
): (address: bigint, size: number) => Uint8Array | undefined {
  const pieces = loadedCode(elf, placement).sort((a, b) => (a.address < b.address ? -1 : 1));
  let last = 0;
  const isIn = ({ address, bytes }: Loaded, pc: bigint): boolean =>
    pc >= address && pc < address + BigInt(bytes.length);
  return (address, size) => {
    let piece = pieces[last];
    if (piece === undefined || !isIn(piece, address)) {
      last = pieces.findIndex((candidate) => isIn(candidate, address));
      piece = pieces[last];
    }
    if (piece === undefined) return undefined;
    const offset = Number(address - piece.address);
    return offset + size <= piece.bytes.length ? piece.bytes.subarray(offset, offset + size) : undefined;
  };
}

/** What a file loads: its segments or, where it has none, its sections of code. */
function loadedCode(elf: ElfFile, placement: Placement): Loaded[] {
  const segments = elf.segments
    .filter(({ type, fileSize }) => type === PT_LOAD && fileSize > 0)
    .map(({ address, bytes }) => ({ address: BigInt.asUintN(64, address + placement.loadBias), bytes }));
  if (segments.length > 0) return segments;
  const code = SHF_ALLOC | SHF_EXECINSTR;
  return elf.sections
    .filter(({ flags, type, size }) => (flags & code) === code && type !== SHT_NOBITS && size > 0)
    .map((section) => ({ address: placedAddress(elf, section, placement), bytes: section.bytes }));
}
