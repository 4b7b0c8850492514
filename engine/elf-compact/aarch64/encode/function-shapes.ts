import type { RuleSets } from '../../../cache/rule-sets.ts';
import { noRow } from '../../../encoding/function-table.ts';
import type { FunctionView } from '../../../encoding/function-view.ts';
import { type RowShape, shapeOf } from './row-shape.ts';
import { type SaveArea, saveAreasOf } from './save-area.ts';

interface KnownShape {
  readonly shape: RowShape;
  /** Made when they are asked for. */
  areas: SaveArea[] | undefined;
}

/** The rows of a function as descriptors see them. What rows say repeats, so each is looked at once. */
export class FunctionShapes {
  /** Where rows begin, from the function's start; one more than there are rows. */
  readonly starts: number[] = [];
  readonly #shapes: KnownShape[] = [];
  readonly #known = new WeakMap<RuleSets, (KnownShape | undefined)[]>();

  /** Moves to a function. Returns why it cannot have descriptors, or undefined. */
  read(view: FunctionView): string | undefined {
    const { rowCount } = view;
    const known = this.#knownOf(view.table.sets);
    this.#shapes.length = 0;
    this.starts.length = 0;
    for (let i = 0; i < rowCount; i++) {
      const set = view.rowSet(i);
      if (set === noRow) return 'no row';
      const found = known[set] ?? { shape: shapeOf(view.row(i)!), areas: undefined };
      known[set] = found;
      if (found.shape.problem !== undefined) return found.shape.problem;
      this.#shapes.push(found);
      this.starts.push(view.rowStart(i));
    }
    this.starts.push(view.size);
    return undefined;
  }

  shape(row: number): RowShape | undefined {
    return this.#shapes[row]?.shape;
  }

  /** The kind of a row's shape, -1 behind the last one. */
  kind(row: number): number {
    return this.#shapes[row]?.shape.kind ?? -1;
  }

  /** The ways in which slots can have been given to what a row saves. */
  areas(row: number): readonly SaveArea[] {
    const known = this.#shapes[row]!;
    known.areas ??= saveAreasOf(known.shape);
    return known.areas;
  }

  /** Length of a row; no whole number where the code has none. */
  instructions(row: number): number {
    return (this.starts[row + 1]! - this.starts[row]!) / 4;
  }

  #knownOf(sets: RuleSets): (KnownShape | undefined)[] {
    let known = this.#known.get(sets);
    if (known === undefined) {
      known = [];
      this.#known.set(sets, known);
    }
    return known;
  }
}
