import { UnwindError } from '../errors.ts';
import { PT_LOAD } from './constants.ts';
import { type ElfHeader, PROGRAM_HEADER_SIZE } from './elf-header.ts';
import type { ElfSegment } from './file.ts';
import type { FileBytes } from './file-bytes.ts';

const TABLE = 'program header table';

function readSegment(file: FileBytes, at: number, index: number): ElfSegment {
  const { view } = file;
  const offset = file.size(TABLE, at + 8, 'p_offset');
  const fileSize = file.size(TABLE, at + 32, 'p_filesz');
  const segment: ElfSegment = {
    type: view.getUint32(at, true),
    flags: view.getUint32(at + 4, true),
    offset,
    address: view.getBigUint64(at + 16, true),
    fileSize,
    memorySize: file.size(TABLE, at + 40, 'p_memsz'),
    alignment: file.size(TABLE, at + 48, 'p_align'),
    bytes: file.slice(`segment ${index}`, offset, fileSize),
  };
  if (segment.type === PT_LOAD && segment.fileSize > segment.memorySize) {
    throw new UnwindError('invalid', TABLE, at + 40, 'expected p_memsz not below p_filesz');
  }
  return segment;
}

/** Reads the program headers (gABI, "Program Header"). */
export function readSegments(file: FileBytes, header: ElfHeader): readonly ElfSegment[] {
  const { programHeaderOffset: start, programHeaderCount: count } = header;
  file.check(TABLE, start, count * PROGRAM_HEADER_SIZE);
  const segments: ElfSegment[] = [];
  for (let i = 0; i < count; i++) segments.push(readSegment(file, start + i * PROGRAM_HEADER_SIZE, i));
  return segments;
}
