/** What the typed-array baseline does again at each lookup, or does the long way, unless it is told otherwise. */
export interface Switches {
  /** The head of `.eh_frame_hdr` is parsed once. */
  readonly headerKept: boolean;
  /** FDEs are found by binary search of the table; otherwise by going through `.eh_frame` from its start. */
  readonly searched: boolean;
  /** CIEs are parsed once. */
  readonly ciesKept: boolean;
  /** The rules after a CIE's instructions are kept. */
  readonly initialRulesKept: boolean;
  /** A state is remembered and restored by copying the columns that have rules; otherwise all of them. */
  readonly liveColumnsOnly: boolean;
  /** Padding behind an FDE's instructions is cut off before they are executed. */
  readonly paddingSkipped: boolean;
}

export const everythingOn: Switches = {
  headerKept: true,
  searched: true,
  ciesKept: true,
  initialRulesKept: true,
  liveColumnsOnly: true,
  paddingSkipped: true,
};

/** Nothing is known from one frame to the next. */
export const parseEverything: Switches = {
  headerKept: false,
  searched: true,
  ciesKept: false,
  initialRulesKept: false,
  liveColumnsOnly: false,
  paddingSkipped: false,
};
