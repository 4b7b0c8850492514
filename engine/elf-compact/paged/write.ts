import { DW_EH_PE_pcrel, DW_EH_PE_sdata4 } from '../../dwarf/constants.ts';
import type { DescriptorList } from '../descriptor-list.ts';
import { type DistinctDescriptors, distinctDescriptors } from '../distinct-descriptors.ts';
import type { LinkedContent, LinkedForm } from '../linked-form.ts';
import { mostPersonalities } from '../modes.ts';
import { withPersonalities } from '../personalities.ts';
import {
  descriptorSize,
  dictionaryField,
  distanceShift,
  entrySize,
  firstOwnNumber,
  headerSize,
  indexEntrySize,
  lsdaEntrySize,
  lsdaField,
  noPage,
  pageCountField,
  pageField,
  pageHeaderSize,
  personalitiesField,
  personalitySize,
  version,
} from './constants.ts';
import { type PagePlan, planPages } from './plan-pages.ts';
import { PagedIndex } from './read.ts';

/**
 * The published `.eh_frame_hdr` of version 2: header, first level of the index, personalities, dictionary of descriptors,
 * pages. Personalities and LSDA table, which are placeholders there, are ours: an LSDA entry is a function and its LSDA,
 * both 32-bit distances from the section. The first level says where the entries of the functions that begin on a page
 * begin, and its last entry where the table ends; all of them 0 where there is no table.
 */
export const paged: LinkedForm = {
  write: writePaged,
  open: (bytes) => new PagedIndex(bytes),
};

function writePaged(content: LinkedContent): ReturnType<LinkedForm['write']> {
  const { personalities, lsdaFunction } = content;
  if (personalities.length > mostPersonalities) {
    throw new RangeError(`expected at most ${mostPersonalities} personalities, found ${personalities.length}`);
  }
  const list = withPersonalities(content);
  const distinct = distinctDescriptors(list);
  const plan = planPages(list, distinct);
  const pageCount = plan.firstOf.length - 1;
  const index = indexEntrySize * (pageCount + 1);
  const dictionary = descriptorSize * plan.dictionary.length;
  const pages = plan.size - indexEntrySize * pageCount - dictionary;
  const lsda = lsdaEntrySize * lsdaFunction.length;
  const parts = {
    header: headerSize,
    index,
    personalities: personalitySize * personalities.length,
    dictionary,
    pages,
    lsda,
  };
  const bytes = new Uint8Array(Object.values(parts).reduce((sum, size) => sum + size));
  const view = new DataView(bytes.buffer);
  const personalitiesAt = headerSize + index;
  const dictionaryAt = personalitiesAt + parts.personalities;
  view.setUint8(0, version);
  view.setUint8(1, DW_EH_PE_pcrel | DW_EH_PE_sdata4);
  view.setUint32(personalitiesField, personalitiesAt, true);
  view.setUint32(dictionaryField, dictionaryAt, true);
  view.setUint32(pageCountField, pageCount, true);
  personalities.forEach((address, i) => {
    view.setInt32(personalitiesAt + personalitySize * i, address, true);
  });
  plan.dictionary.forEach((number, i) => {
    setDescriptor(view, dictionaryAt + descriptorSize * i, distinct, number);
  });
  const lsdaAt = bytes.length - lsda;
  let at = dictionaryAt + dictionary;
  let entry = 0;
  for (let page = 0; page < pageCount; page++) {
    const first = list.start[plan.firstOf[page]!]!;
    while (entry < lsdaFunction.length && lsdaFunction[entry]! < first) entry++;
    setIndexEntry(view, page, first, at, lsda === 0 ? 0 : lsdaAt + lsdaEntrySize * entry);
    at = writePage(view, at, list, distinct, plan, page);
  }
  setIndexEntry(view, pageCount, content.end, noPage, lsda === 0 ? 0 : bytes.length);
  for (let i = 0; i < lsdaFunction.length; i++) {
    view.setInt32(lsdaAt + lsdaEntrySize * i, lsdaFunction[i]!, true);
    view.setInt32(lsdaAt + lsdaEntrySize * i + 4, content.lsda[i]!, true);
  }
  return { bytes, parts };
}

/** Returns where the page ends. */
function writePage(
  view: DataView,
  at: number,
  list: DescriptorList,
  distinct: DistinctDescriptors,
  plan: PagePlan,
  page: number,
): number {
  const from = plan.firstOf[page]!;
  const count = plan.firstOf[page + 1]! - from;
  const own = pageHeaderSize + entrySize * count;
  const ownNumbers = new Map<number, number>();
  for (let i = 0; i < count; i++) {
    const distance = list.start[from + i]! - list.start[from]!;
    const descriptor = distinct.numbers[from + i]!;
    let number = plan.place[descriptor]!;
    if (number < 0) {
      const known = ownNumbers.get(descriptor) ?? ownNumbers.size;
      ownNumbers.set(descriptor, known);
      setDescriptor(view, at + own + descriptorSize * known, distinct, descriptor);
      number = firstOwnNumber + known;
    }
    view.setUint32(at + pageHeaderSize + entrySize * i, (distance << distanceShift) | number, true);
  }
  view.setUint16(at, count, true);
  view.setUint16(at + 2, ownNumbers.size === 0 ? 0 : own, true);
  return at + own + descriptorSize * ownNumbers.size;
}

function setIndexEntry(view: DataView, index: number, address: number, page: number, lsda: number): void {
  const at = headerSize + indexEntrySize * index;
  view.setInt32(at, address, true);
  view.setUint32(at + pageField, page, true);
  view.setUint32(at + lsdaField, lsda, true);
}

function setDescriptor(view: DataView, at: number, distinct: DistinctDescriptors, number: number): void {
  view.setUint32(at, distinct.lo[number]!, true);
  view.setUint32(at + 4, distinct.hi[number]!, true);
}
