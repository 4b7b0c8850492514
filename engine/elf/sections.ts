import { UnwindError } from '../errors.ts';
import { SHF_COMPRESSED, SHT_NOBITS, SHT_NULL } from './constants.ts';
import { type ElfHeader, SECTION_HEADER_SIZE } from './elf-header.ts';
import type { ElfSection } from './file.ts';
import type { FileBytes } from './file-bytes.ts';
import { StringTable } from './string-table.ts';

const TABLE = 'section header table';
const noBytes = new Uint8Array(0);

class Section implements ElfSection {
  readonly index: number;
  readonly type: number;
  readonly flags: number;
  readonly address: bigint;
  readonly offset: number;
  readonly size: number;
  readonly link: number;
  readonly info: number;
  readonly entrySize: number;
  readonly alignment: number;
  readonly #content: Uint8Array;
  name = '';

  constructor(file: FileBytes, at: number, index: number) {
    const { view } = file;
    this.index = index;
    this.type = view.getUint32(at + 4, true);
    this.flags = view.getUint32(at + 8, true);
    this.address = view.getBigUint64(at + 16, true);
    this.offset = file.size(TABLE, at + 24, 'sh_offset');
    this.size = file.size(TABLE, at + 32, 'sh_size');
    this.link = view.getUint32(at + 40, true);
    this.info = view.getUint32(at + 44, true);
    this.alignment = file.size(TABLE, at + 48, 'sh_addralign');
    this.entrySize = file.size(TABLE, at + 56, 'sh_entsize');
    // Section header 0 may hold counts that did not fit in the ELF header instead of a size.
    const empty = this.type === SHT_NULL || this.type === SHT_NOBITS;
    this.#content = empty ? noBytes : file.slice(`section ${index}`, this.offset, this.size);
  }

  get bytes(): Uint8Array {
    if ((this.flags & SHF_COMPRESSED) !== 0) {
      throw new UnwindError('unsupported', this.name, -1, 'expected a section that is not compressed (SHF_COMPRESSED)');
    }
    return this.#content;
  }
}

/** Reads the section headers and names (gABI, "Sections"). */
export function readSections(file: FileBytes, header: ElfHeader): readonly ElfSection[] {
  const { sectionHeaderOffset: start, sectionHeaderCount: count, sectionNameIndex } = header;
  if (start === 0) return [];
  file.check(TABLE, start, count * SECTION_HEADER_SIZE);
  const sections: Section[] = [];
  for (let i = 0; i < count; i++) sections.push(new Section(file, start + i * SECTION_HEADER_SIZE, i));
  // SHN_UNDEF: the file has no section names.
  if (sectionNameIndex === 0) return sections;
  const names = sections[sectionNameIndex];
  if (names === undefined) {
    throw new UnwindError('invalid', 'ELF header', 62, `expected e_shstrndx below ${count}, found ${sectionNameIndex}`);
  }
  const strings = new StringTable(names.bytes, 'section name table');
  for (const section of sections) {
    const offset = file.view.getUint32(start + section.index * SECTION_HEADER_SIZE, true);
    section.name = strings.at(offset);
  }
  return sections;
}
