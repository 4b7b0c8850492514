/** A section of a hand-made ELF file. */
export interface SmallSection {
  readonly name: string;
  readonly type: number;
  readonly flags?: number;
  readonly address?: bigint;
  readonly bytes: Uint8Array;
  /** For SHT_NOBITS. */
  readonly size?: number;
  readonly link?: number;
  readonly info?: number;
  readonly entrySize?: number;
}

export interface SmallSegment {
  readonly type: number;
  readonly flags: number;
  readonly address: bigint;
  /** Index of the section whose bytes it holds. */
  readonly section: number;
  readonly memorySize?: number;
}

export interface SmallElf {
  readonly type: number;
  readonly machine: number;
  readonly entry?: bigint;
  /** Without the null section, which is added in front, and `.shstrtab`, which is added at the end. */
  readonly sections: readonly SmallSection[];
  readonly segments?: readonly SmallSegment[];
  /** Leaves the section headers out, as `strip --strip-section-headers` does. */
  readonly withoutSectionHeaders?: boolean;
}

const headerSize = 64;
const programHeaderSize = 56;
const sectionHeaderSize = 64;
const align = (offset: number): number => (offset + 15) & ~15;

function stringTable(names: readonly string[]): { bytes: Uint8Array; offsets: number[] } {
  let text = '\0';
  const offsets = names.map((name) => {
    const offset = text.length;
    text += `${name}\0`;
    return offset;
  });
  return { bytes: new TextEncoder().encode(text), offsets };
}

/** Lays a file out: ELF header, program headers, sections, section headers – nothing behind those. */
export function smallElf(elf: SmallElf): Uint8Array {
  const empty = new Uint8Array(0);
  const names = stringTable([...elf.sections.map(({ name }) => name), '.shstrtab']);
  const sections: SmallSection[] = [
    { name: '', type: 0, bytes: empty },
    ...elf.sections,
    { name: '.shstrtab', type: 3, bytes: names.bytes },
  ];
  const segments = elf.segments ?? [];
  let end = headerSize + programHeaderSize * segments.length;
  const offsets = sections.map(({ bytes }, index) => {
    if (index === 0) return 0;
    const offset = align(end);
    end = offset + bytes.length;
    return offset;
  });
  const headers = align(end);
  const file = new Uint8Array(elf.withoutSectionHeaders ? end : headers + sectionHeaderSize * sections.length);
  const view = new DataView(file.buffer);
  file.set([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1]);
  view.setUint16(16, elf.type, true);
  view.setUint16(18, elf.machine, true);
  view.setUint32(20, 1, true);
  view.setBigUint64(24, elf.entry ?? 0n, true);
  view.setBigUint64(32, segments.length > 0 ? BigInt(headerSize) : 0n, true);
  view.setUint16(52, headerSize, true);
  view.setUint16(54, programHeaderSize, true);
  view.setUint16(56, segments.length, true);
  view.setUint16(58, sectionHeaderSize, true);
  if (!elf.withoutSectionHeaders) {
    view.setBigUint64(40, BigInt(headers), true);
    view.setUint16(60, sections.length, true);
    view.setUint16(62, sections.length - 1, true);
  }
  segments.forEach((segment, i) => {
    const at = headerSize + programHeaderSize * i;
    const size = sections[segment.section]!.bytes.length;
    view.setUint32(at, segment.type, true);
    view.setUint32(at + 4, segment.flags, true);
    view.setBigUint64(at + 8, BigInt(offsets[segment.section]!), true);
    view.setBigUint64(at + 16, segment.address, true);
    view.setBigUint64(at + 32, BigInt(size), true);
    view.setBigUint64(at + 40, BigInt(segment.memorySize ?? size), true);
    view.setBigUint64(at + 48, 16n, true);
  });
  sections.forEach((section, i) => {
    file.set(section.bytes, offsets[i]!);
    if (elf.withoutSectionHeaders) return;
    const at = headers + sectionHeaderSize * i;
    view.setUint32(at, i === 0 ? 0 : names.offsets[i - 1]!, true);
    view.setUint32(at + 4, section.type, true);
    view.setBigUint64(at + 8, BigInt(section.flags ?? 0), true);
    view.setBigUint64(at + 16, section.address ?? 0n, true);
    view.setBigUint64(at + 24, BigInt(offsets[i]!), true);
    view.setBigUint64(at + 32, BigInt(section.size ?? section.bytes.length), true);
    view.setUint32(at + 40, section.link ?? 0, true);
    view.setUint32(at + 44, section.info ?? 0, true);
    view.setBigUint64(at + 48, 16n, true);
    view.setBigUint64(at + 56, BigInt(section.entrySize ?? 0), true);
  });
  return file;
}

/** Concatenated entries of fixed layouts: [value, bytes] pairs, little-endian. */
export function pack(...fields: readonly (readonly [value: bigint | number, size: number])[]): Uint8Array {
  const bytes: number[] = [];
  for (const [value, size] of fields) {
    for (let i = 0; i < size; i++) bytes.push(Number((BigInt.asUintN(64, BigInt(value)) >> BigInt(8 * i)) & 0xffn));
  }
  return Uint8Array.from(bytes);
}
