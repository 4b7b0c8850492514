import type { EncodedSection, Encoding } from '../encoding/encoding.ts';
import { UnwindError } from '../errors.ts';
import type { RowSource } from '../row/source.ts';
import { PT_LOAD } from './constants.ts';
import type { ElfFile } from './file.ts';
import { noteStructure, type UnwindNote } from './unwind-note.ts';

/**
 * Opens unwind information in the encoding that a note names. Throws `UnwindError`: `unsupported` where that is none of
 * `encodings`, or not for this architecture, `invalid` where a section is not in the file, and what the encoding throws.
 */
export function openEncoded(
  elf: ElfFile,
  note: UnwindNote,
  encodings: readonly Encoding[],
  loadBias: bigint,
): RowSource {
  const { architecture } = elf;
  const encoding = encodings.find(({ name }) => name === note.encoding);
  if (encoding === undefined || !encoding.architectures.includes(architecture.name)) {
    const known = encodings.map(({ name }) => name).join(' ');
    const expectation = `expected one of ${known} for ${architecture.name}, found ${note.encoding}`;
    throw new UnwindError('unsupported', noteStructure, -1, expectation);
  }
  const sections = note.sections.map(({ name, address, size }): EncodedSection => {
    const bytes = loadedBytes(elf, address, size);
    if (bytes === undefined)
      throw new UnwindError('invalid', name, -1, 'expected the section in a segment of the file');
    return { name, address: BigInt.asUintN(64, address + loadBias), bytes };
  });
  return encoding.open(sections, architecture);
}

function loadedBytes(elf: ElfFile, address: bigint, size: number): Uint8Array | undefined {
  const end = address + BigInt(size);
  const segment = elf.segments.find(
    (one) => one.type === PT_LOAD && address >= one.address && end <= one.address + BigInt(one.fileSize),
  );
  if (segment === undefined) return undefined;
  const offset = Number(address - segment.address);
  return segment.bytes.subarray(offset, offset + size);
}
