import {
  type ElfFile,
  type EncodedSection,
  PT_GNU_EH_FRAME,
  PT_LOAD,
  PT_NOTE,
  PT_PHDR,
  readElf,
  UnwindError,
  unwindNoteSize,
  writeUnwindNote,
} from '../../engine/index.ts';
import { alignUp } from '../loader/object-layout.ts';
import { type ProgramHeader, programHeaderSize, readProgramHeaders, writeProgramHeader } from './program-headers.ts';

const programHeaderOffsetField = 32;
const sectionHeaderOffsetField = 40;
const programHeaderCountField = 56;
const sectionHeaderSize = 64;
const readable = 4;
const smallestPage = 0x1000n;
const sectionAlignment = 16;
/** In place of e_phnum, this stands for a number elsewhere. */
const mostProgramHeaders = 0xffff;
/** The segment, the note, `PT_GNU_EH_FRAME`. */
const mostAdded = 3;

/** What a file is to be given: `place` makes the sections for the address that they will have. */
export interface EmittedEncoding {
  readonly name: string;
  place(address: bigint): readonly EncodedSection[];
}

/**
 * Writes a linked file anew with other unwind sections: they lie in a segment behind all others, with the program headers
 * and a note of the encoding (see `UnwindNote`). No other byte of the file changes place; those of `.eh_frame` and
 * `.eh_frame_hdr` as they were become 0. Throws `UnwindError` where the file has no segments to put one behind.
 */
export function emitElf(file: Uint8Array, elf: ElfFile, encoding: EmittedEncoding): Uint8Array {
  const old = readProgramHeaders(file);
  const loads = old.filter(({ type }) => type === PT_LOAD);
  if (loads.length === 0 || old.length + mostAdded >= mostProgramHeaders) {
    throw new UnwindError(
      'unsupported',
      'program header table',
      -1,
      'expected segments that are loaded, and place for more',
    );
  }
  const page = greatest([smallestPage, ...loads.map(({ alignment }) => alignment)]);
  const end = greatest(loads.map((one) => one.address + one.memorySize));
  const address = alignUp(end, page);
  const offset = Number(alignUp(BigInt(file.length), page));
  const reserved = (old.length + mostAdded) * programHeaderSize;
  const sections = encoding.place(address + BigInt(align(reserved, sectionAlignment)));
  const last = sections[sections.length - 1];
  if (last === undefined) throw new UnwindError('missing', 'encoding', -1, 'expected sections');
  const noteAt = align(Number(last.address - address) + last.bytes.length, 4);
  const noted = sections.map(({ name, address: at, bytes }) => ({ name, address: at, size: bytes.length }));
  const note = { encoding: encoding.name, sections: noted };
  const size = noteAt + unwindNoteSize(note);

  const segment: ProgramHeader = {
    type: PT_LOAD,
    flags: readable,
    offset: BigInt(offset),
    address,
    physicalAddress: address,
    fileSize: BigInt(size),
    memorySize: BigInt(size),
    alignment: page,
  };
  const part = (type: number, at: number, length: number, alignment: bigint): ProgramHeader => ({
    ...segment,
    type,
    offset: BigInt(offset + at),
    address: address + BigInt(at),
    physicalAddress: address + BigInt(at),
    fileSize: BigInt(length),
    memorySize: BigInt(length),
    alignment,
  });
  const placeOf = (section: EncodedSection): number => Number(section.address - address);
  const header = sections.find(({ name }) => name === '.eh_frame_hdr');
  const unwindHeader = header && part(PT_GNU_EH_FRAME, placeOf(header), header.bytes.length, 4n);
  const isNew = unwindHeader !== undefined && !old.some(({ type }) => type === PT_GNU_EH_FRAME);
  const tableSize = (old.length + (isNew ? mostAdded : mostAdded - 1)) * programHeaderSize;
  const headers = changed(old, {
    [PT_PHDR]: part(PT_PHDR, 0, tableSize, 8n),
    ...(unwindHeader && { [PT_GNU_EH_FRAME]: unwindHeader }),
  });
  headers.push(part(PT_NOTE, noteAt, size - noteAt, 4n));
  if (isNew) headers.push(unwindHeader);
  // Loaded segments are listed by ascending address.
  headers.splice(headers.findLastIndex(({ type }) => type === PT_LOAD) + 1, 0, segment);

  const out = new Uint8Array(offset + size);
  out.set(file);
  const view = new DataView(out.buffer);
  forgetOriginal(out, elf);
  headers.forEach((one, i) => {
    writeProgramHeader(view, offset + i * programHeaderSize, one);
  });
  for (const section of sections) out.set(section.bytes, offset + placeOf(section));
  out.set(writeUnwindNote(note, address + BigInt(noteAt)), offset + noteAt);
  view.setBigUint64(programHeaderOffsetField, BigInt(offset), true);
  view.setUint16(programHeaderCountField, headers.length, true);
  for (const section of sections) moveSection(view, elf, section, BigInt(offset + placeOf(section)));
  // A last look: what cannot be read again is not written.
  readElf(out);
  return out;
}

function changed(headers: readonly ProgramHeader[], by: Readonly<Record<number, ProgramHeader>>): ProgramHeader[] {
  return headers.map((one) => by[one.type] ?? one);
}

/** Nothing is to be read from where the sections were. */
function forgetOriginal(out: Uint8Array, elf: ElfFile): void {
  for (const name of ['.eh_frame', '.eh_frame_hdr']) {
    const section = elf.section(name);
    if (section !== undefined) out.fill(0, section.offset, section.offset + section.bytes.length);
  }
}

/** Lets the section header of that name, if there is one, lead to the new section. */
function moveSection(view: DataView, elf: ElfFile, { name, address, bytes }: EncodedSection, offset: bigint): void {
  const section = elf.section(name);
  if (section === undefined) return;
  const at = Number(view.getBigUint64(sectionHeaderOffsetField, true)) + section.index * sectionHeaderSize;
  view.setBigUint64(at + 16, address, true);
  view.setBigUint64(at + 24, offset, true);
  view.setBigUint64(at + 32, BigInt(bytes.length), true);
}

function greatest(values: readonly bigint[]): bigint {
  let most = 0n;
  for (const value of values) if (value > most) most = value;
  return most;
}

function align(value: number, step: number): number {
  return Math.ceil(value / step) * step;
}
