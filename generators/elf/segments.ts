import type { ElfSection } from './types.ts';

export const pageSize = 0x1000;

/** Neighbouring loaded sections with the same access: one `PT_LOAD`. */
export interface Segment {
  readonly access: 'rx' | 'r' | 'rw';
  readonly address: bigint;
  readonly size: number;
  /** Offset in the file, congruent to the address modulo the page size. */
  readonly fileOffset: number;
  readonly sections: readonly ElfSection[];
}

/** Groups the loaded sections and gives them places in the file from `fileOffset` on; throws an Error on an overlap. */
export function layOutSegments(sections: readonly ElfSection[], fileOffset: number): Segment[] {
  const groups: ElfSection[][] = [];
  for (const section of sections) {
    const group = groups.at(-1);
    if (section.access === 'none') continue;
    if (group?.at(-1)?.access === section.access && adjacent(group.at(-1)!, section)) group.push(section);
    else groups.push([section]);
  }
  const segments: Segment[] = [];
  let offset = fileOffset;
  let page = -1n;
  for (const group of groups) {
    const first = group[0]!;
    const last = group.at(-1)!;
    const { address, access } = first;
    if (address / BigInt(pageSize) <= page) throw new Error(`${first.name} begins on a page that is in use`);
    const size = Number(last.address - address) + last.bytes.length;
    page = (address + BigInt(Math.max(size, 1)) - 1n) / BigInt(pageSize);
    offset += Number((address - BigInt(offset)) & BigInt(pageSize - 1));
    segments.push({ access: access as Segment['access'], address, size, fileOffset: offset, sections: group });
    offset += size;
  }
  return segments;
}

function adjacent(before: ElfSection, section: ElfSection): boolean {
  const gap = section.address - before.address - BigInt(before.bytes.length);
  if (gap < 0n) throw new Error(`${section.name} overlaps ${before.name}`);
  return gap < BigInt(pageSize);
}
