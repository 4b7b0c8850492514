/** What became of the wrong forms of one program. */
export interface WrongProgramCounts {
  /** Wrong forms, and those of them that do harm somewhere. */
  readonly programs: number;
  readonly harmful: number;
  /** (wrong form, stop) pairs at which it does harm, and those of them at which the judge fails the engine. */
  readonly harmStops: number;
  readonly foundStops: number;
  /** Pairs at which the engine fails without harm. */
  readonly unfoundedStops: number;
  /** Pairs at which a register is recovered from the wrong place with the right bits. */
  readonly chanceStops: number;
  /** Programs of which the model cannot say anything. */
  readonly unsayable: number;
}

export function sumCounts(a: WrongProgramCounts | undefined, b: WrongProgramCounts): WrongProgramCounts {
  if (a === undefined) return b;
  return {
    programs: a.programs + b.programs,
    harmful: a.harmful + b.harmful,
    harmStops: a.harmStops + b.harmStops,
    foundStops: a.foundStops + b.foundStops,
    unfoundedStops: a.unfoundedStops + b.unfoundedStops,
    chanceStops: a.chanceStops + b.chanceStops,
    unsayable: a.unsayable + b.unsayable,
  };
}
