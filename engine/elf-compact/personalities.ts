import { DescriptorList } from './descriptor-list.ts';
import type { LinkedContent } from './linked-form.ts';
import { MODE_DWARF, modeOf, withPersonality } from './modes.ts';

/** The descriptors of what is to be linked, with the personality of the function that each belongs to, if it has one. */
export function withPersonalities(content: LinkedContent): DescriptorList {
  const { descriptors, lsdaFunction, lsdaFunctionEnd, lsdaPersonality } = content;
  if (lsdaFunction.length === 0) return descriptors;
  const marked = new DescriptorList();
  let next = 0;
  for (let i = 0; i < descriptors.count; i++) {
    const start = descriptors.start[i]!;
    let lo = descriptors.lo[i]!;
    while (next < lsdaFunction.length && lsdaFunctionEnd[next]! <= start) next++;
    const isInside = next < lsdaFunction.length && lsdaFunction[next]! <= start;
    if (isInside && modeOf(lo) !== MODE_DWARF) lo = withPersonality(lo, lsdaPersonality[next]! + 1);
    marked.add(start, lo, descriptors.hi[i]!);
  }
  return marked;
}
