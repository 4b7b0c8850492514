import type { DescriptorLayout } from './descriptor-layout.ts';
import { DescriptorLinker } from './descriptor-linker.ts';
import type { FunctionDescriptors } from './function-descriptors.ts';
import { holdsCode } from './holds-code.ts';
import type { LinkedContent } from './linked-form.ts';
import { dwarfDescriptor, fdeOffsetOf, MODE_DWARF, modeOf } from './modes.ts';

/** Descriptors of a whole module whose FDEs do not have their place yet. */
export interface UnplacedContent {
  readonly content: LinkedContent;
  /** Says where FDEs are, counted from the section; each is given by its offset in the section it comes from. */
  place(fdeAt: (fdeOffset: number) => number): void;
}

/**
 * Makes one list of the descriptors of all functions. `distance` leads from the table's addresses to those that count
 * from the section. Functions without descriptors whose FDE is not among `fdes` are left out.
 */
export function linkContent(
  described: FunctionDescriptors,
  distance: number,
  fdes: Iterable<number>,
  layout: DescriptorLayout,
): UnplacedContent {
  const { functions } = described;
  const { start, end, fdeOffset, personality } = functions;
  const offsets = [...fdes];
  const numbers = new Map(offsets.map((offset, number) => [offset, number]));
  const linker = new DescriptorLinker(layout);
  let before = -1;
  for (const [i, own] of described.byFunction()) {
    const number = own.count > 0 ? undefined : numbers.get(fdeOffset[i]!);
    if (number !== undefined) own.add(0, dwarfDescriptor(number), 0);
    const routine = described.hasLsda(i) ? personality[i]! : -1;
    if (own.count === 0) continue;
    // A function in between that was left out is code, too.
    const isCode = before >= 0 && (before < i - 1 || holdsCode(layout.architecture, functions.gapBefore(i)));
    linker.add(start[i]! + distance, end[i]! + distance, own, { personality: routine, isBehindCode: isCode });
    before = i;
  }
  const content: LinkedContent = { ...linker.finish(), ...lsdasOf(described, distance) };
  const { descriptors } = content;
  const escapes = Array.from({ length: descriptors.count }, (_, i) => i)
    .filter((i) => modeOf(descriptors.lo[i]!) === MODE_DWARF)
    .map((i) => ({ i, offset: offsets[fdeOffsetOf(descriptors.lo[i]!)]! }));
  return {
    content,
    place(fdeAt) {
      for (const { i, offset } of escapes) descriptors.lo[i] = dwarfDescriptor(fdeAt(offset));
    },
  };
}

function lsdasOf(described: FunctionDescriptors, distance: number): Omit<LinkedContent, 'descriptors' | 'end'> {
  const { functions, counts, personalities } = described;
  const withLsda: number[] = [];
  for (let i = 0; i < functions.count; i++) if (counts[i]! > 0 && described.hasLsda(i)) withLsda.push(i);
  return {
    personalities: Int32Array.from(personalities, (routine) => {
      const { address, indirect } = functions.personalities[routine]!;
      return (address + distance) | (indirect ? 1 : 0);
    }),
    lsdaFunction: Int32Array.from(withLsda, (i) => functions.start[i]! + distance),
    lsdaFunctionEnd: Int32Array.from(withLsda, (i) => functions.end[i]! + distance),
    lsda: Int32Array.from(withLsda, (i) => functions.lsda[i]! + distance),
    lsdaPersonality: Int32Array.from(withLsda, (i) => personalities.indexOf(functions.personality[i]!)),
  };
}
