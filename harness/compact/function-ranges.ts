import type { Fde } from '../../engine/dwarf/fde.ts';
import { scanSection } from '../../engine/dwarf/scan.ts';
import type { FrameSection } from '../../engine/index.ts';

/** The functions of a frame section as its FDEs list them, ascending; addresses are bytes from the section's own. */
export interface FunctionRanges {
  readonly count: number;
  readonly start: Float64Array;
  readonly end: Float64Array;
  /** Where the FDE lies in its section. */
  readonly fdeOffset: Float64Array;
  /** Address of the language-specific data area or, where `lsdaIndirect`, of a pointer to it; NaN where it has none. */
  readonly lsda: Float64Array;
  readonly lsdaIndirect: Uint8Array;
  /** Address of the personality routine or, where `personalityIndirect`, of a pointer to it; NaN where it has none. */
  readonly personality: Float64Array;
  readonly personalityIndirect: Uint8Array;
}

/** An address in halves. */
export interface Halves {
  readonly lo: number;
  readonly hi: number;
}

/** Bytes from one address to another. */
export function distance(from: Halves, to: Halves): number {
  return to.lo - from.lo + (to.hi - from.hi) * 2 ** 32;
}

/** Reads every FDE that covers addresses. */
export function functionRanges(section: FrameSection): FunctionRanges {
  const base = section.bases.section;
  const found: { start: number; end: number; offset: number; area: Pointed; routine: Pointed }[] = [];
  const pointed = (pointer: { present: boolean; indirect: boolean; lo: number; hi: number }): Pointed =>
    pointer.present ? { address: distance(base, pointer), indirect: pointer.indirect } : nowhere;
  scanSection(section, {
    fde(fde: Fde) {
      if (fde.isEmpty()) return;
      found.push({
        start: distance(base, { lo: fde.startLo, hi: fde.startHi }),
        end: distance(base, { lo: fde.endLo, hi: fde.endHi }),
        offset: fde.offset,
        area: pointed(fde.lsda),
        routine: pointed(fde.cie!.personality),
      });
    },
    // Nothing is known of what it covers.
    broken() {},
  });
  found.sort((a, b) => a.start - b.start || a.offset - b.offset);
  return {
    count: found.length,
    start: Float64Array.from(found, ({ start }) => start),
    end: Float64Array.from(found, ({ end }) => end),
    fdeOffset: Float64Array.from(found, ({ offset }) => offset),
    lsda: Float64Array.from(found, ({ area }) => area.address),
    lsdaIndirect: Uint8Array.from(found, ({ area }) => (area.indirect ? 1 : 0)),
    personality: Float64Array.from(found, ({ routine }) => routine.address),
    personalityIndirect: Uint8Array.from(found, ({ routine }) => (routine.indirect ? 1 : 0)),
  };
}

interface Pointed {
  readonly address: number;
  readonly indirect: boolean;
}

const nowhere: Pointed = { address: Number.NaN, indirect: false };
