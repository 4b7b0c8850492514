import { Fde } from '../../engine/dwarf/fde.ts';
import type { DescriptorRange } from '../../engine/elf-compact/linked-form.ts';
import { fdeOffsetOf, MODE_DWARF, modeOf } from '../../engine/elf-compact/modes.ts';
import { type Architecture, type EncodedSection, FrameSection, UnwindError } from '../../engine/index.ts';
import { distance, type FunctionRanges, type Halves } from './function-ranges.ts';
import { type LsdaIndex, type LsdaPair, openLsdaIndex } from './lsda-index.ts';

export interface LsdaCheck {
  /** Functions whose LSDA and personality routine, or that they have none, were compared at their first and last address. */
  readonly checked: number;
  readonly wrong: number;
}

/**
 * Looks up the language-specific data areas and personality routines of all functions in the header that an encoding made,
 * and compares them with those of the FDEs; undefined where the encoding has another header, or none.
 */
export function checkLsdas(
  sections: readonly EncodedSection[],
  functions: FunctionRanges,
  frames: FrameSection,
  architecture: Architecture,
): LsdaCheck | undefined {
  const header = sections.find(({ name }) => name === '.eh_frame_hdr');
  const index = header === undefined ? undefined : openLsdaIndex(header.bytes);
  if (header === undefined || index === undefined) return undefined;
  const section = sections.find(({ name }) => name === '.eh_frame');
  const kept = section === undefined ? undefined : new FrameSection({ kind: '.eh_frame', section, architecture });
  const lookup = new LsdaLookup(index, header.address, kept);
  const sectionAt = Number(frames.section.address - header.address);
  let checked = 0;
  let wrong = 0;
  for (let i = 0; i < functions.count; i++) {
    const expected = expectedOf(functions, i, sectionAt);
    if (expected === undefined) continue;
    checked++;
    const first = functions.start[i]! + sectionAt;
    const last = functions.end[i]! - 1 + sectionAt;
    if (!lookup.gives(first, expected) || !lookup.gives(last, expected)) wrong++;
  }
  return { checked, wrong };
}

const none: LsdaPair = { lsda: Number.NaN, personality: Number.NaN, indirect: false };

/** What an FDE says, counted from the header; undefined where it says what headers need not repeat. */
function expectedOf(functions: FunctionRanges, i: number, sectionAt: number): LsdaPair | undefined {
  const lsda = functions.lsda[i]! + sectionAt;
  const personality = functions.personality[i]! + sectionAt;
  if (Number.isNaN(lsda)) return none;
  // Nothing reads an LSDA without a personality routine.
  if (Number.isNaN(personality) || functions.lsdaIndirect[i] === 1) return undefined;
  return { lsda, personality, indirect: functions.personalityIndirect[i] === 1 };
}

class LsdaLookup {
  readonly #index: LsdaIndex;
  readonly #header: bigint;
  readonly #kept: FrameSection | undefined;
  readonly #range: DescriptorRange = { start: 0, end: 0, lo: 0, hi: 0 };
  readonly #fde = new Fde();

  constructor(index: LsdaIndex, header: bigint, kept: FrameSection | undefined) {
    this.#index = index;
    this.#header = header;
    this.#kept = kept;
  }

  gives(address: number, expected: LsdaPair): boolean {
    try {
      if (!this.#index.descriptors.find(address, this.#range)) return false;
      const isDwarf = modeOf(this.#range.lo) === MODE_DWARF;
      const found = isDwarf ? this.#ofFde(fdeOffsetOf(this.#range.lo)) : this.#index.find(address, this.#range);
      return found === undefined ? Number.isNaN(expected.lsda) : isSame(found, expected);
    } catch (error) {
      if (error instanceof UnwindError) return false;
      throw error;
    }
  }

  #ofFde(offset: number): LsdaPair | undefined {
    const kept = this.#kept;
    if (kept === undefined) throw new UnwindError('missing', '.eh_frame', -1, 'expected an FDE');
    const fde = this.#fde;
    const keptAt = Number(kept.section.address - this.#header);
    kept.readFde(offset - keptAt, fde);
    if (!fde.lsda.present) return undefined;
    const { personality } = fde.cie!;
    const fromHeader = (pointer: Halves) => keptAt + distance(kept.bases.section, pointer);
    return { lsda: fromHeader(fde.lsda), personality: fromHeader(personality), indirect: personality.indirect };
  }
}

function isSame(a: LsdaPair, b: LsdaPair): boolean {
  return a.lsda === b.lsda && a.personality === b.personality && a.indirect === b.indirect;
}
