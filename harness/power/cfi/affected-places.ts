import type { WalkedFrame } from '../../model/index.ts';
import type { Mutant } from '../../mutants/mutant.ts';

interface PlaceOfFrame {
  readonly offset: number;
  /** The innermost frame there. */
  readonly frame: number;
}

/** Where the frames of one stop are, each place once, by FDE. */
export class AffectedPlaces {
  readonly #byFde = new Map<number, PlaceOfFrame[]>();

  /** Takes the frames of a stop. */
  set(walked: readonly WalkedFrame[]): void {
    this.#byFde.clear();
    for (const [frame, { place }] of walked.entries()) {
      if (place === undefined) continue;
      const places = this.#byFde.get(place.fde);
      if (places === undefined) this.#byFde.set(place.fde, [{ offset: place.offset, frame }]);
      else if (places.every(({ offset }) => offset !== place.offset)) places.push({ offset: place.offset, frame });
    }
  }

  /** The innermost frame whose row is another one in a mutant; -1 where there is none. */
  firstAffected(mutant: Mutant): number {
    for (const { offset, frame } of this.#byFde.get(mutant.mutation.fde) ?? []) {
      if (mutant.affects(offset)) return frame;
    }
    return -1;
  }
}
