import { UnwindError } from '../../engine/index.ts';

const section = 'archive';
const magic = '!<arch>\n';
const thinMagic = '!<thin>\n';
const headerSize = 60;
const nameSize = 16;
const sizeField = 48;
const sizeSize = 10;
const endField = 58;

export interface ArchiveMember {
  readonly name: string;
  /** A view of the archive's bytes. */
  readonly bytes: Uint8Array;
}

/** Whether bytes are those of an `ar` archive. */
export function isArchive(bytes: Uint8Array): boolean {
  const start = text(bytes, 0, magic.length);
  return start === magic || start === thinMagic;
}

/**
 * The members of an `ar` archive as GNU and BSD tools write it, without symbol tables and tables of long names. Throws
 * `UnwindError`: `unsupported` for a thin archive, whose members are elsewhere, `invalid` where a member is not whole.
 */
export function readArchive(bytes: Uint8Array): ArchiveMember[] {
  if (text(bytes, 0, magic.length) === thinMagic) {
    throw new UnwindError('unsupported', section, 0, 'expected an archive that has its members, found a thin one');
  }
  const members: ArchiveMember[] = [];
  let longNames = '';
  for (let at = magic.length; at < bytes.length; ) {
    if (at + headerSize > bytes.length) throw invalid(at, `a header of ${headerSize} bytes`);
    if (text(bytes, at + endField, 2) !== '`\n') throw invalid(at + endField, 'the end of a header, 60 0a');
    const sizeText = text(bytes, at + sizeField, sizeSize).trimEnd();
    if (!/^\d{1,10}$/.test(sizeText)) throw invalid(at + sizeField, 'a decimal size');
    const size = Number(sizeText);
    const start = at + headerSize;
    if (start + size > bytes.length) {
      throw invalid(
        at + sizeField,
        `a member that ends in the archive, found ${start + size - bytes.length} bytes missing`,
      );
    }
    const field = text(bytes, at, nameSize).trimEnd();
    const content = bytes.subarray(start, start + size);
    if (field === '//') longNames = text(content, 0, size);
    else if (!isTable(field)) members.push(named(field, content, longNames, at));
    // Members begin at even offsets.
    at = start + size + (size & 1);
  }
  return members;
}

function isTable(field: string): boolean {
  return field === '/' || field === '/SYM64/' || field === '__.SYMDEF' || field === '__.SYMDEF SORTED';
}

/** Names that do not fit are in a table (GNU, `/offset`), or in front of the content (BSD, `#1/length`). */
function named(field: string, content: Uint8Array, longNames: string, at: number): ArchiveMember {
  const bsd = /^#1\/(\d+)$/.exec(field);
  if (bsd !== null) {
    const length = Number(bsd[1]);
    if (length > content.length) throw invalid(at, 'a name that ends in the member');
    const name = text(content, 0, length).replace(/\0+$/, '');
    return { name, bytes: content.subarray(length) };
  }
  const gnu = /^\/(\d+)$/.exec(field);
  if (gnu === null) return { name: field.replace(/\/$/, ''), bytes: content };
  const offset = Number(gnu[1]);
  if (offset >= longNames.length) throw invalid(at, 'a name in the table of names');
  const end = longNames.indexOf('\n', offset);
  const name = longNames.slice(offset, end < 0 ? undefined : end);
  return { name: name.replace(/\/$/, ''), bytes: content };
}

function text(bytes: Uint8Array, at: number, length: number): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1', at, at + length);
}

function invalid(offset: number, expectation: string): UnwindError {
  return new UnwindError('invalid', section, offset, `expected ${expectation}`);
}
