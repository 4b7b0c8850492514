import { UnwindError } from '../errors.ts';
import { PT_NOTE } from './constants.ts';
import type { ElfFile, ElfSegment } from './file.ts';

/**
 * A note that says in which encoding a file has its unwind information, as `.eh_frame_hdr` alone does not: others have
 * used its version 2, too. It lies in a `PT_NOTE` segment, so that it outlives section headers:
 *
 * | bytes | field |
 * |---|---|
 * | 4, 4, 4 | sizes of name and description, type 1 |
 * | 12 | name: `Plumbline`, NUL, padding to a multiple of 4 |
 * | 4 | number of sections n |
 * | 8 n | of each: distance of the section from the description (signed), its size |
 * | | the encoding's name and those of the sections, in the same order, each ended by a NUL; padding to a multiple of 4 |
 */
export interface UnwindNote {
  readonly encoding: string;
  readonly sections: readonly NotedSection[];
}

/** A section of unwind information at its address in the file. */
export interface NotedSection {
  readonly name: string;
  readonly address: bigint;
  readonly size: number;
}

/** What errors call it. */
export const noteStructure = 'note of the unwind encoding';
const owner = 'Plumbline\0';
const noteType = 1;
const headerSize = 12;
const sectionSize = 8;

const align = (size: number): number => (size + 3) & ~3;

/** Where the description begins in a note. */
const descriptionAt = headerSize + align(owner.length);

/** Bytes that a note takes. */
export function unwindNoteSize(note: {
  readonly encoding: string;
  readonly sections: readonly { readonly name: string }[];
}): number {
  return descriptionAt + align(descriptionSize(note.encoding, note.sections));
}

/** The bytes of a note that lies at an address. */
export function writeUnwindNote({ encoding, sections }: UnwindNote, address: bigint): Uint8Array {
  const size = descriptionSize(encoding, sections);
  const bytes = new Uint8Array(descriptionAt + align(size));
  const view = new DataView(bytes.buffer);
  view.setUint32(0, owner.length, true);
  view.setUint32(4, size, true);
  view.setUint32(8, noteType, true);
  bytes.set(encode(owner), headerSize);
  view.setUint32(descriptionAt, sections.length, true);
  const description = address + BigInt(descriptionAt);
  sections.forEach((section, i) => {
    const at = descriptionAt + 4 + sectionSize * i;
    view.setInt32(at, Number(section.address - description), true);
    view.setUint32(at + 4, section.size, true);
  });
  bytes.set(names(encoding, sections), descriptionAt + 4 + sectionSize * sections.length);
  return bytes;
}

/** The note of a file, if it has one. Throws `UnwindError` `invalid` where it is broken. */
export function findUnwindNote(elf: ElfFile): UnwindNote | undefined {
  for (const segment of elf.segments) {
    const note = segment.type === PT_NOTE ? findIn(segment) : undefined;
    if (note !== undefined) return note;
  }
  return undefined;
}

function findIn({ bytes, address }: ElfSegment): UnwindNote | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let at = 0; at + headerSize <= bytes.length; ) {
    const nameSize = view.getUint32(at, true);
    const size = view.getUint32(at + 4, true);
    const description = at + headerSize + align(nameSize);
    // Other notes are not ours to judge: where one is broken, the rest of the segment cannot be found.
    if (nameSize > bytes.length || size > bytes.length || description + size > bytes.length) return undefined;
    const isOurs = view.getUint32(at + 8, true) === noteType && text(bytes, at + headerSize, nameSize) === owner;
    if (isOurs) return parse(bytes, description, size, address + BigInt(description));
    at = description + align(size);
  }
  return undefined;
}

function parse(bytes: Uint8Array, at: number, size: number, address: bigint): UnwindNote {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const count = size < 4 ? -1 : view.getUint32(at, true);
  const namesAt = 4 + sectionSize * count;
  if (count < 0 || namesAt > size) throw new UnwindError('invalid', noteStructure, at, 'expected sections in the note');
  const [encoding, ...rest] = text(bytes, at + namesAt, size - namesAt).split('\0');
  // The last NUL ends the last name.
  if (encoding === undefined || rest.length !== count + 1) {
    throw new UnwindError('invalid', noteStructure, at + namesAt, `expected ${count + 1} names that end with NUL`);
  }
  const sections = Array.from({ length: count }, (_, i) => {
    const entry = at + 4 + sectionSize * i;
    const sectionAddress = BigInt.asUintN(64, address + BigInt(view.getInt32(entry, true)));
    return { name: rest[i]!, address: sectionAddress, size: view.getUint32(entry + 4, true) };
  });
  return { encoding, sections };
}

function descriptionSize(encoding: string, sections: readonly { readonly name: string }[]): number {
  return 4 + sectionSize * sections.length + names(encoding, sections).length;
}

function names(encoding: string, sections: readonly { readonly name: string }[]): Uint8Array {
  return encode([encoding, ...sections.map(({ name }) => name)].map((name) => `${name}\0`).join(''));
}

function encode(string: string): Uint8Array {
  return new TextEncoder().encode(string);
}

function text(bytes: Uint8Array, at: number, length: number): string {
  return new TextDecoder().decode(bytes.subarray(at, at + length));
}
