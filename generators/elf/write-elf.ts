import { architectureByName } from '../../engine/architecture/index.ts';
import { ByteWriter } from '../byte-writer.ts';
import * as elf from './constants.ts';
import { layOutSegments, pageSize, type Segment } from './segments.ts';
import { symbolSize, writeSymbolTable } from './symbol-table.ts';
import type { ElfFileOptions, ElfSection } from './types.ts';

const headerSize = 64;
const programHeaderSize = 56;
const sectionHeaderSize = 64;

/** A section with its place in the file and what its header says. */
interface PlacedSection {
  readonly name: string;
  readonly type: number;
  readonly flags: number;
  readonly address: bigint;
  readonly offset: number;
  readonly size: number;
  readonly link: number;
  readonly info: number;
  readonly alignment: number;
  readonly entrySize: number;
}

/**
 * Writes an ELF file of 64 bits, little-endian: one `PT_LOAD` for each run of sections with the same access,
 * `PT_GNU_EH_FRAME` where there is an `.eh_frame_hdr`, `PT_GNU_STACK`, section headers and a symbol table.
 */
export function writeElf(options: ElfFileOptions): Uint8Array {
  const { sections } = options;
  const header = sections.find(({ name }) => name === '.eh_frame_hdr');
  const groups = layOutSegments(sections, 0).length;
  const programHeaderCount = groups + (header ? 1 : 0) + 1;
  const segments = layOutSegments(sections, headerSize + programHeaderCount * programHeaderSize);

  const writer = new ByteWriter();
  const placed: PlacedSection[] = [];
  writer.bytes(new Uint8Array(headerSize + programHeaderCount * programHeaderSize));
  for (const segment of segments) {
    for (const section of segment.sections) {
      const offset = segment.fileOffset + Number(section.address - segment.address);
      writer.bytes(new Uint8Array(offset - writer.length));
      placed.push(place(writer, section));
    }
  }
  for (const section of sections.filter(({ access }) => access === 'none')) {
    writer.align(section.alignment);
    placed.push(place(writer, section));
  }
  const sectionHeaderOffset = writeTables(writer, options, placed);

  const head = new ByteWriter();
  writeHeader(head, options, programHeaderCount, sectionHeaderOffset, placed.length + 1);
  for (const segment of segments) writeLoad(head, segment);
  if (header) {
    const { offset } = placed.find(({ name }) => name === header.name)!;
    writeProgramHeader(head, elf.PT_GNU_EH_FRAME, elf.PF_R, offset, header.address, header.bytes.length, 4);
  }
  writeProgramHeader(head, elf.PT_GNU_STACK, elf.PF_R | elf.PF_W, 0, 0n, 0, 16);
  const file = writer.finish();
  file.set(head.finish());
  return file;
}

/** Writes symbols, strings and the section headers, completing `placed`; returns the section headers' offset. */
function writeTables(writer: ByteWriter, { symbols, sections }: ElfFileOptions, placed: PlacedSection[]): number {
  const ordered = placed.map(({ name }) => sections.find((section) => section.name === name)!);
  const table = writeSymbolTable(symbols, ordered);
  const count = placed.length;
  const add = (name: string, type: number, bytes: Uint8Array, details: Partial<PlacedSection>) => {
    writer.align(8);
    const defaults = { flags: 0, address: 0n, link: 0, info: 0, alignment: 1, entrySize: 0 };
    placed.push({ ...defaults, name, type, offset: writer.length, size: bytes.length, ...details });
    writer.bytes(bytes);
  };
  const details = { link: count + 2, info: table.localCount, alignment: 8, entrySize: symbolSize };
  add('.symtab', elf.SHT_SYMTAB, table.symbols, details);
  add('.strtab', elf.SHT_STRTAB, table.strings, {});
  const names = new ByteWriter();
  names.u8(0);
  const nameOffsets = [...placed.map(({ name }) => name), '.shstrtab'].map((name) => {
    const offset = names.length;
    names.string(name);
    return offset;
  });
  add('.shstrtab', elf.SHT_STRTAB, names.finish(), {});
  writer.align(8);
  const offset = writer.length;
  writer.bytes(new Uint8Array(sectionHeaderSize));
  placed.forEach((section, i) => {
    writeSectionHeader(writer, nameOffsets[i]!, section);
  });
  return offset;
}

function place(writer: ByteWriter, { name, access, address, bytes, alignment }: ElfSection): PlacedSection {
  const offset = writer.length;
  writer.bytes(bytes);
  const flags =
    access === 'none'
      ? 0
      : elf.SHF_ALLOC | (access === 'rx' ? elf.SHF_EXECINSTR : 0) | (access === 'rw' ? elf.SHF_WRITE : 0);
  const rest = { type: elf.SHT_PROGBITS, link: 0, info: 0, entrySize: 0 };
  return { ...rest, name, flags, address, offset, size: bytes.length, alignment };
}

function writeHeader(
  writer: ByteWriter,
  { architecture, type, entry }: ElfFileOptions,
  programHeaderCount: number,
  sectionHeaderOffset: number,
  sectionCount: number,
): void {
  writer.bytes(Uint8Array.of(0x7f, 0x45, 0x4c, 0x46, elf.ELFCLASS64, elf.ELFDATA2LSB, elf.EV_CURRENT));
  writer.bytes(new Uint8Array(9));
  writer.u16(type === 'executable' ? elf.ET_EXEC : elf.ET_DYN);
  writer.u16(architectureByName(architecture).elfMachine);
  writer.u32(elf.EV_CURRENT);
  writer.u64(entry);
  writer.u64(BigInt(headerSize));
  writer.u64(BigInt(sectionHeaderOffset));
  writer.u32(0);
  writer.u16(headerSize);
  writer.u16(programHeaderSize);
  writer.u16(programHeaderCount);
  writer.u16(sectionHeaderSize);
  writer.u16(sectionCount);
  writer.u16(sectionCount - 1);
}

function writeLoad(writer: ByteWriter, { access, fileOffset, address, size }: Segment): void {
  const flags = elf.PF_R | (access === 'rx' ? elf.PF_X : 0) | (access === 'rw' ? elf.PF_W : 0);
  writeProgramHeader(writer, elf.PT_LOAD, flags, fileOffset, address, size, pageSize);
}

function writeProgramHeader(
  writer: ByteWriter,
  type: number,
  flags: number,
  offset: number,
  address: bigint,
  size: number,
  alignment: number,
): void {
  writer.u32(type);
  writer.u32(flags);
  writer.u64(BigInt(offset));
  writer.u64(address);
  writer.u64(address);
  writer.u64(BigInt(size));
  writer.u64(BigInt(size));
  writer.u64(BigInt(alignment));
}

function writeSectionHeader(writer: ByteWriter, name: number, section: PlacedSection): void {
  writer.u32(name);
  writer.u32(section.type);
  writer.u64(BigInt(section.flags));
  writer.u64(section.address);
  writer.u64(BigInt(section.offset));
  writer.u64(BigInt(section.size));
  writer.u32(section.link);
  writer.u32(section.info);
  writer.u64(BigInt(section.alignment));
  writer.u64(BigInt(section.entrySize));
}
