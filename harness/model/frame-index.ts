import type { Architecture } from '../../engine/architecture/index.ts';
import type { Fde } from '../../generators/cfi/index.ts';
import { interpret, type RowTable } from './rows/interpret.ts';
import { type Malformed, type ModelRow, UnsayableError } from './rows/row.ts';

/** A place in the code as call frame information sees it. */
export interface FramePlace {
  /** Number of the FDE. */
  readonly fde: number;
  /** Bytes from its start. */
  readonly offset: number;
}

/** The rows of a program, from the directives that were written. */
export class FrameIndex {
  readonly tables: readonly RowTable[];
  readonly #places = new Map<number, Map<number, FramePlace | null>>();

  /** Throws `UnsayableError` where FDEs overlap, or say what the model cannot. */
  constructor(architecture: Architecture, fdes: readonly Fde[]) {
    this.tables = fdes.map((fde) => interpret(fde, architecture));
    const covering = fdes.filter(({ size }) => size > 0).sort((a, b) => (a.start < b.start ? -1 : 1));
    covering.forEach(({ start, size }, i) => {
      const next = covering[i + 1];
      if (next !== undefined && next.start < start + BigInt(size)) throw new UnsayableError('FDEs that overlap');
    });
  }

  /** The FDE that covers an address, given in halves. */
  place(lo: number, hi: number): FramePlace | undefined {
    let page = this.#places.get(hi);
    if (page === undefined) {
      page = new Map();
      this.#places.set(hi, page);
    }
    let place = page.get(lo);
    if (place === undefined) {
      place = this.#find((BigInt(hi) << 32n) | BigInt(lo));
      page.set(lo, place);
    }
    return place ?? undefined;
  }

  row({ fde, offset }: FramePlace): ModelRow | Malformed {
    return this.tables[fde]!.at(offset);
  }

  #find(address: bigint): FramePlace | null {
    const fde = this.tables.findIndex(({ fde: { start, size } }) => address >= start && address < start + BigInt(size));
    return fde < 0 ? null : { fde, offset: Number(address - this.tables[fde]!.fde.start) };
  }
}
