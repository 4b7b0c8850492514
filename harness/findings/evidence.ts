/** Whether what a row says of the CFA or of a register is right: `undecided` where execution does not tell. */
export type Rightness = 'right' | 'wrong' | 'undecided';

/** Where a register of the caller was at all stops at an instruction: every place that held its value each time. */
export interface Whereabouts {
  /** Columns of the function's own registers. */
  readonly registers: readonly number[];
  /** Slots: bytes from the true CFA. */
  readonly slots: readonly number[];
  /** Slots: bytes from the frame pointer. */
  readonly frameSlots: readonly number[];
}

/**
 * What held at all stops at one instruction of a function, from execution alone: before it executes, with the true CFA
 * (the SP of the caller once the function has returned) and the truth about the caller's registers.
 */
export interface PlaceEvidence {
  /** Bytes from the start of the FDE's range. */
  readonly offset: number;
  readonly stops: number;
  /** Who stands behind the function: a caller, nobody, or now this, now that. */
  readonly behind: 'caller' | 'nobody' | 'varies';
  /** Ways to the CFA: a column and what must be added to its register. */
  readonly cfa: readonly (readonly [column: number, offset: number])[];
  /** Slots that held the CFA: bytes from the frame pointer. */
  readonly cfaFrameSlots: readonly number[];
  /** By column, of each register the truth tells: the callee-saved, and the return address under the FDE's column. */
  readonly saved: Readonly<Record<number, Whereabouts>>;
  /** The return address has had an authentication code, never had one where it was found, or was not found. */
  readonly signed: 'yes' | 'no' | 'unknown';
  /** What the file's own row gave, for what `cfa` and `saved` do not tell: expressions and values of the CFA. */
  readonly row?: { readonly cfa: Rightness; readonly rules: Readonly<Record<number, Rightness>> };
}

/** What execution showed of one function; plain data that survives JSON. */
export interface FunctionEvidence {
  /** Number of the module in the image, and which FDE of it. */
  readonly module: number;
  readonly section: string;
  readonly fde: number;
  /** In order of offsets. */
  readonly places: readonly PlaceEvidence[];
}

/** Ways to the CFA, without those by a register that still is the caller's: how far that is away is the caller's affair. */
export function ownCfa({ cfa, saved }: PlaceEvidence): PlaceEvidence['cfa'] {
  return cfa.filter(([column]) => !(saved[column]?.registers.includes(column) ?? false));
}

/** Joins what several executions showed: what held in all of them. */
export function mergeEvidence(all: Iterable<FunctionEvidence>): FunctionEvidence[] {
  const functions = new Map<string, FunctionEvidence>();
  for (const one of all) {
    const key = `${one.module} ${one.section} ${one.fde}`;
    const first = functions.get(key);
    functions.set(key, first === undefined ? one : { ...first, places: mergePlaces(first.places, one.places) });
  }
  return [...functions.values()];
}

function mergePlaces(a: readonly PlaceEvidence[], b: readonly PlaceEvidence[]): PlaceEvidence[] {
  const places = new Map(a.map((place) => [place.offset, place]));
  for (const place of b) {
    const first = places.get(place.offset);
    places.set(place.offset, first === undefined ? place : mergePlace(first, place));
  }
  return [...places.values()].sort((one, other) => one.offset - other.offset);
}

function mergePlace(a: PlaceEvidence, b: PlaceEvidence): PlaceEvidence {
  const saved: Record<number, Whereabouts> = {};
  for (const [column, where] of Object.entries(a.saved)) {
    const other = b.saved[Number(column)];
    saved[Number(column)] = other === undefined ? where : mergeWhereabouts(where, other);
  }
  const signed = a.signed === 'unknown' || b.signed === 'yes' ? b.signed : a.signed;
  const row = a.row === undefined || b.row === undefined ? (a.row ?? b.row) : mergeRow(a.row, b.row);
  return {
    offset: a.offset,
    stops: a.stops + b.stops,
    behind: a.behind === b.behind ? a.behind : 'varies',
    cfa: a.cfa.filter(([column, offset]) => b.cfa.some((other) => other[0] === column && other[1] === offset)),
    cfaFrameSlots: common(a.cfaFrameSlots, b.cfaFrameSlots),
    saved: { ...b.saved, ...saved },
    signed,
    ...(row !== undefined && { row }),
  };
}

/** The places that are in both. */
export function mergeWhereabouts(a: Whereabouts, b: Whereabouts): Whereabouts {
  return {
    registers: common(a.registers, b.registers),
    slots: common(a.slots, b.slots),
    frameSlots: common(a.frameSlots, b.frameSlots),
  };
}

export function mergeRow(a: NonNullable<PlaceEvidence['row']>, b: NonNullable<PlaceEvidence['row']>) {
  const rules: Record<number, Rightness> = { ...a.rules };
  for (const [column, rightness] of Object.entries(b.rules)) {
    rules[Number(column)] = worse(rules[Number(column)] ?? rightness, rightness);
  }
  return { cfa: worse(a.cfa, b.cfa), rules };
}

/** Of two stops, what they say together: wrong once is wrong. */
export function worse(a: Rightness, b: Rightness): Rightness {
  if (a === 'wrong' || b === 'wrong') return 'wrong';
  return a === 'undecided' ? a : b;
}

function common(a: readonly number[], b: readonly number[]): number[] {
  return a.filter((one) => b.includes(one));
}
