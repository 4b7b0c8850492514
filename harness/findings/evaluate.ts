import type { Architecture } from '../../engine/index.ts';
import type { Fde, PlacedDirective } from '../../generators/cfi/index.ts';
import { interpret, type Malformed, type ModelRow, type RowTable } from '../model/index.ts';
import type { PlaceEvidence } from './evidence.ts';
import { judgeRow, type RowPart } from './judge-row.ts';

/** What evidence says against an FDE's directives. */
export interface Evaluation {
  readonly table: RowTable;
  /** By place, in the order of the evidence. */
  readonly wrong: readonly (readonly RowPart[])[];
  /** Number of wrong parts, rows that cannot be used counted as many, and of those nobody can tell. */
  readonly wrongParts: number;
  readonly undecidedParts: number;
}

/** Holds directives of one function against the evidence of its places. */
export class Evaluator {
  readonly fde: Fde;
  readonly places: readonly PlaceEvidence[];
  readonly architecture: Architecture;
  /** The row the CIE gives. */
  readonly initial: ModelRow;
  readonly #original: readonly (ModelRow | Malformed)[];

  constructor(fde: Fde, places: readonly PlaceEvidence[], architecture: Architecture) {
    this.fde = fde;
    this.places = places;
    this.architecture = architecture;
    this.initial = interpret({ ...fde, directives: [] }, architecture).at(0) as ModelRow;
    this.#original = rowsAt(interpret(fde, architecture), places);
  }

  evaluate(directives: readonly PlacedDirective[]): Evaluation {
    const table = interpret({ ...this.fde, directives }, this.architecture);
    let wrongParts = 0;
    let undecidedParts = 0;
    const wrong = rowsAt(table, this.places).map((row, i) => {
      const judgement = judgeRow(row, this.#original[i]!, this.places[i]!, this.architecture);
      wrongParts += weightOf(judgement.wrong);
      undecidedParts += judgement.undecided;
      return judgement.wrong;
    });
    return { table, wrong, wrongParts, undecidedParts };
  }
}

/** How wrong a row is: one that cannot be used, or says that the stack ends, is wrong in every part. */
export function weightOf(wrong: readonly RowPart[]): number {
  return wrong.includes('unusable') || wrong.includes('end') ? wholeRow : wrong.length;
}

/** More than a row has parts. */
const wholeRow = 32;

/** The row of each place; both are in order. */
function rowsAt({ rows }: RowTable, places: readonly PlaceEvidence[]): (ModelRow | Malformed)[] {
  let number = 0;
  return places.map(({ offset }) => {
    while (number + 1 < rows.length && rows[number + 1]!.from <= offset) number++;
    return rows[number]!.row;
  });
}
