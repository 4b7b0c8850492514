import { UnwindError } from '../errors.ts';
import { SHT_DYNSYM, SHT_NOBITS, SHT_SYMTAB } from './constants.ts';
import type { ElfSection, ElfSymbol } from './file.ts';
import { StringTable } from './string-table.ts';

const SYMBOL_SIZE = 24;

/** Throws where a section is not an array of entries of `size` bytes. */
export function checkEntries(section: ElfSection, size: number): void {
  if (section.entrySize !== size || section.bytes.length % size !== 0) {
    throw new UnwindError('invalid', section.name, -1, `expected a section of whole entries of ${size} bytes`);
  }
}

function readTable(section: ElfSection, sections: readonly ElfSection[], table: ElfSymbol['table']): ElfSymbol[] {
  checkEntries(section, SYMBOL_SIZE);
  const strings = sections[section.link];
  if (strings === undefined || strings.type === SHT_NOBITS) {
    throw new UnwindError('invalid', section.name, -1, `expected sh_link to be a string table, found ${section.link}`);
  }
  const names = new StringTable(strings.bytes, strings.name);
  const { bytes } = section;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const symbols: ElfSymbol[] = [];
  for (let at = 0; at < bytes.length; at += SYMBOL_SIZE) {
    const nameOffset = view.getUint32(at, true);
    const info = view.getUint8(at + 4);
    symbols.push({
      name: nameOffset === 0 ? '' : names.at(nameOffset),
      value: view.getBigUint64(at + 8, true),
      size: view.getBigUint64(at + 16, true),
      type: info & 0xf,
      binding: info >> 4,
      sectionIndex: view.getUint16(at + 6, true),
      table,
    });
  }
  return symbols;
}

/** Reads the symbol tables of a file: `.symtab`, then `.dynsym`. */
export function readSymbols(sections: readonly ElfSection[]): readonly ElfSymbol[] {
  const read = (type: number, table: ElfSymbol['table']): ElfSymbol[] => {
    const section = sections.find((candidate) => candidate.type === type);
    return section === undefined ? [] : readTable(section, sections, table);
  };
  return [...read(SHT_SYMTAB, '.symtab'), ...read(SHT_DYNSYM, '.dynsym')];
}
