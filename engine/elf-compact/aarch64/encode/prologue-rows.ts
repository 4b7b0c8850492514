import type { FunctionShapes } from './function-shapes.ts';
import { type RowShape, SHAPE_FRAME, SHAPE_NULL, SHAPE_SIGNED_NULL, savesNoMore } from './row-shape.ts';

/** Longest sequence of rows that is looked at; no schedule has so many events. */
const mostRows = 24;

/** Rows that can be a prologue, up to some of them. */
export interface PrologueRows {
  /** Instructions before the return address is signed, and from there to the frame. */
  lead: number;
  signedLead: number;
  /** The rows with a frame, and how many instructions after the first of them each begins. */
  readonly shapes: RowShape[];
  readonly times: number[];
}

export function emptyPrologueRows(): PrologueRows {
  return { lead: 0, signedLead: 0, shapes: [], times: [] };
}

/** Reads the rows before a frame, and those in which it is built. Returns the first one with a frame, or -1. */
export function readPrologueRows(rows: FunctionShapes, from: number, prologue: PrologueRows): number {
  prologue.lead = 0;
  prologue.signedLead = 0;
  let first = from;
  if (rows.kind(first) === SHAPE_NULL) prologue.lead = rows.instructions(first++);
  if (rows.kind(first) === SHAPE_SIGNED_NULL) prologue.signedLead = rows.instructions(first++);
  prologue.shapes.length = 0;
  prologue.times.length = 0;
  let time = 0;
  for (let i = first; i < first + mostRows && rows.kind(i) === SHAPE_FRAME; i++) {
    const shape = rows.shape(i)!;
    const last = prologue.shapes.at(-1);
    if (last !== undefined && !follows(last, shape)) break;
    prologue.shapes.push(shape);
    prologue.times.push(time);
    time += rows.instructions(i);
  }
  return prologue.shapes.length === 0 ? -1 : first;
}

/** Whether a row of a prologue can follow another one: more is saved, the CFA counts from x29, or the frame grows. */
function follows(last: RowShape, next: RowShape): boolean {
  if (last.signed !== next.signed) return false;
  if (next.fromFp ? !next.saved.fp : last.fromFp || last.frame > next.frame) return false;
  return savesNoMore(last, next);
}
