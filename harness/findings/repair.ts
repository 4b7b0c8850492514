import type { PlacedDirective } from '../../generators/cfi/index.ts';
import { isSameRow } from '../model/index.ts';
import { candidateEdits } from './candidates.ts';
import type { Edit } from './edit.ts';
import { type Evaluation, type Evaluator, weightOf } from './evaluate.ts';
import type { FunctionCode } from './function-code.ts';
import { idleDirectives } from './idle.ts';
import type { RowPart } from './judge-row.ts';

/** Faults told of one function; behind that many, its directives are of another function. */
const mostRepairs = 32;

/** One fault in a function's directives, with what mends it. */
export interface Repair {
  /** Offset of the first instruction, in the order of addresses, at which the row is wrong; and the parts of it. */
  readonly offset: number;
  readonly wrong: readonly RowPart[];
  /** Those that belong together. Empty where nothing was found that mends it. */
  readonly edits: readonly Edit[];
  /** Offsets of the instructions at which the row is wrong because of it. */
  readonly places: readonly number[];
}

/** The faults of a function, and its directives without them. */
export interface RepairedFunction {
  readonly repairs: readonly Repair[];
  readonly directives: readonly PlacedDirective[];
}

/**
 * Mends a function's directives by what its execution showed: at the first instruction, in the order of addresses, whose
 * row is wrong, it looks for the one change that makes the most rows right, and goes on with the directives as they are
 * then. What one change mends is one fault.
 */
export function repairFunction(evaluator: Evaluator, code: FunctionCode): RepairedFunction {
  const { places } = evaluator;
  const repairs: Repair[] = [];
  const unmended = new Set<number>();
  let { directives } = evaluator.fde;
  let evaluation = evaluator.evaluate(directives);
  while (repairs.length < mostRepairs) {
    const number = evaluation.wrong.findIndex((wrong, i) => wrong.length > 0 && !unmended.has(i));
    if (number < 0) break;
    const { offset } = places[number]!;
    const wrong = evaluation.wrong[number]!;
    const best = bestEdit(evaluator, code, directives, evaluation, number);
    if (best === undefined) {
      const row = evaluation.table.at(offset);
      const same = places.flatMap((place, i) => {
        const isSame = evaluation.wrong[i]!.length > 0 && isSameRow(evaluation.table.at(place.offset), row);
        return isSame && !unmended.has(i) ? [i] : [];
      });
      for (const i of same) unmended.add(i);
      repairs.push({ offset, wrong, edits: [], places: same.map((i) => places[i]!.offset) });
      continue;
    }
    const before = evaluation;
    ({ directives } = best.edit);
    evaluation = best.evaluation;
    const after = evaluation;
    const mended = places.flatMap((place, i) =>
      weightOf(after.wrong[i]!) < weightOf(before.wrong[i]!) ? [place.offset] : [],
    );
    push(repairs, { offset, wrong, edits: [best.edit], places: mended });
  }
  return { repairs, directives };
}

/** Changes for the same row belong together, and so do those of the same kind at one place. */
function push(repairs: Repair[], repair: Repair): void {
  const [edit] = repair.edits;
  const index = repairs.findIndex(
    ({ offset, edits: [other] }) =>
      other !== undefined &&
      (offset === repair.offset || (other.offset === edit!.offset && other.action === edit!.action)),
  );
  const same = repairs[index];
  if (same === undefined) {
    repairs.push(repair);
    return;
  }
  repairs[index] = {
    offset: Math.min(same.offset, repair.offset),
    wrong: [...new Set([...same.wrong, ...repair.wrong])],
    edits: [...same.edits, ...repair.edits],
    places: [...new Set([...same.places, ...repair.places])].sort((a, b) => a - b),
  };
}

interface Scored {
  readonly edit: Edit;
  readonly evaluation: Evaluation;
}

/** The change after which the fewest parts of rows are wrong; of several, the one that leaves no directive idle. */
function bestEdit(
  evaluator: Evaluator,
  code: FunctionCode,
  directives: readonly PlacedDirective[],
  before: Evaluation,
  number: number,
): Scored | undefined {
  let best: Scored[] = [];
  let bestScore = scoreOf(before);
  for (const edit of candidateEdits(evaluator, code, directives, before, number)) {
    const evaluation = evaluator.evaluate(edit.directives);
    if (evaluation.wrongParts >= before.wrongParts) continue;
    if (weightOf(evaluation.wrong[number]!) >= weightOf(before.wrong[number]!)) continue;
    const score = scoreOf(evaluation);
    if (score > bestScore) continue;
    if (score < bestScore) best = [];
    bestScore = score;
    best.push({ edit, evaluation });
  }
  const [first] = best;
  if (first === undefined || best.length === 1) return first;
  const idle = best.map(({ edit }) =>
    idleDirectives({ ...evaluator.fde, directives: edit.directives }, evaluator.architecture),
  );
  const cost = best.map(({ edit }, i) => idle[i]! * 4 + order[edit.action] + (edit.isMade ? 0 : unmadeCost));
  return best[cost.indexOf(Math.min(...cost))];
}

/** More than what a directive costs that is idle: a value that lies somewhere by chance is no reason for a directive. */
const unmadeCost = 6;
const order = { add: 0, move: 1, replace: 2, remove: 3 } as const;

function scoreOf({ wrongParts, undecidedParts }: Evaluation): number {
  return wrongParts + undecidedParts / 2;
}
