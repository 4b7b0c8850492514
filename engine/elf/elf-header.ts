import { type Architecture, architectureByMachine } from '../architecture/index.ts';
import { UnwindError } from '../errors.ts';
import { ET_DYN, ET_EXEC, ET_REL } from './constants.ts';
import type { FileBytes } from './file-bytes.ts';

const HEADER = 'ELF header';
const HEADER_SIZE = 64;
export const SECTION_HEADER_SIZE = 64;
export const PROGRAM_HEADER_SIZE = 56;

const SHN_XINDEX = 0xffff;
const PN_XNUM = 0xffff;

/** The fields of the ELF header that matter, with the counts that did not fit taken from section header 0. */
export interface ElfHeader {
  readonly type: number;
  readonly machine: number;
  readonly architecture: Architecture;
  readonly entry: bigint;
  readonly programHeaderOffset: number;
  readonly programHeaderCount: number;
  readonly sectionHeaderOffset: number;
  readonly sectionHeaderCount: number;
  readonly sectionNameIndex: number;
}

function checkIdentification(file: FileBytes): void {
  const magic = [0x7f, 0x45, 0x4c, 0x46];
  magic.forEach((byte, i) => {
    file.check(HEADER, i, 1);
    if (file.bytes[i] !== byte) throw new UnwindError('invalid', HEADER, 0, 'expected the magic number 7f 45 4c 46');
  });
  file.check(HEADER, 0, HEADER_SIZE);
  const expect = (offset: number, value: number, name: string): void => {
    const found = file.bytes[offset]!;
    if (found !== value)
      throw new UnwindError('unsupported', HEADER, offset, `expected ${name} ${value}, found ${found}`);
  };
  expect(4, 2, 'EI_CLASS ELFCLASS64');
  expect(5, 1, 'EI_DATA ELFDATA2LSB');
  expect(6, 1, 'EI_VERSION EV_CURRENT');
}

function checkEntrySize(file: FileBytes, offset: number, field: string, expected: number): void {
  const found = file.view.getUint16(offset, true);
  if (found !== expected) {
    throw new UnwindError('invalid', HEADER, offset, `expected ${field} ${expected}, found ${found}`);
  }
}

/** Reads the ELF header (gABI, "ELF Header"). */
export function readElfHeader(file: FileBytes): ElfHeader {
  checkIdentification(file);
  const { view } = file;
  const type = view.getUint16(16, true);
  if (type !== ET_EXEC && type !== ET_DYN && type !== ET_REL) {
    throw new UnwindError('unsupported', HEADER, 16, `expected e_type ET_REL, ET_EXEC or ET_DYN, found ${type}`);
  }
  const machine = view.getUint16(18, true);
  const architecture = architectureByMachine(machine);
  if (architecture === undefined) {
    throw new UnwindError('unsupported', HEADER, 18, `expected e_machine 62 or 183, found ${machine}`);
  }
  const programHeaderOffset = file.size(HEADER, 32, 'e_phoff');
  const sectionHeaderOffset = file.size(HEADER, 40, 'e_shoff');
  let programHeaderCount = view.getUint16(56, true);
  let sectionHeaderCount = view.getUint16(60, true);
  let sectionNameIndex = view.getUint16(62, true);
  if (sectionHeaderOffset !== 0) {
    checkEntrySize(file, 58, 'e_shentsize', SECTION_HEADER_SIZE);
    file.check('section header table', sectionHeaderOffset, SECTION_HEADER_SIZE);
    if (sectionHeaderCount === 0) {
      sectionHeaderCount = file.size('section header table', sectionHeaderOffset + 32, 'sh_size');
    }
    if (sectionNameIndex === SHN_XINDEX) sectionNameIndex = view.getUint32(sectionHeaderOffset + 40, true);
    if (programHeaderCount === PN_XNUM) programHeaderCount = view.getUint32(sectionHeaderOffset + 44, true);
  } else if (sectionHeaderCount !== 0) {
    throw new UnwindError('invalid', HEADER, 60, 'expected e_shnum 0 where e_shoff is 0');
  }
  if (programHeaderCount !== 0) checkEntrySize(file, 54, 'e_phentsize', PROGRAM_HEADER_SIZE);
  return {
    type,
    machine,
    architecture,
    entry: view.getBigUint64(24, true),
    programHeaderOffset,
    programHeaderCount,
    sectionHeaderOffset,
    sectionHeaderCount,
    sectionNameIndex,
  };
}
