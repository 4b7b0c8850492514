import { RuleSets } from '../cache/rule-sets.ts';
import { Fde } from '../dwarf/fde.ts';
import type { FrameSection, HeaderRowSource, ListRowSource } from '../dwarf/index.ts';
import type { EncodedPointer } from '../dwarf/pointer-encoding.ts';
import { UnwindError } from '../errors.ts';
import { askSection } from '../precomputed/row-states.ts';
import { SectionRows } from '../precomputed/section-rows.ts';
import { type FunctionTable, noRow, type Personality } from './function-table.ts';
import { findOverlaps } from './overlaps.ts';

export interface FunctionTableOptions {
  /** Finds the functions of the section: where several cover an address, it decides which one counts. */
  readonly source: HeaderRowSource | ListRowSource;
  /** The code bytes at an address, or undefined where there are not so many. */
  readonly code?: (address: bigint, size: number) => Uint8Array | undefined;
}

/**
 * The functions of a section with all their rows, counted from the section's address. Functions without addresses are
 * left out, and so are those farther from the section than 2 GiB.
 *
 * Where functions overlap, those that the source does not find at each of their addresses are listed in pieces, each
 * with the FDE that is found there and without rows: it can only stay DWARF. The same is done with functions whose LSDA
 * or personality routine is too far away for the table, or whose LSDA is given indirectly.
 */
export function buildFunctionTable(frames: FrameSection, options: FunctionTableOptions): FunctionTable {
  const sets = new RuleSets(frames.architecture);
  const rows = new SectionRows(frames, sets);
  const { kept, pieces } = findOverlaps(frames, options.source, rows);
  const order = [...kept, ...pieces].sort((a, b) => a.start - b.start);
  const count = order.length;
  const start = new Int32Array(count);
  const end = new Int32Array(count);
  const firstRow = new Uint32Array(count + 1);
  const rowStart = new Int32Array(rows.rowCount + count);
  const rowSet = new Int32Array(rows.rowCount + count);
  const fdeOffset = new Uint32Array(count);
  const lsda = new Int32Array(count);
  const personality = new Int32Array(count).fill(-1);
  const personalities = new Personalities(frames);
  const fde = new Fde();
  let next = 0;
  order.forEach((range, i) => {
    start[i] = range.start;
    end[i] = range.end;
    fdeOffset[i] = range.fdeOffset;
    firstRow[i] = next;
    const area = range.index < 0 ? undefined : lsdaOf(frames, range.fdeOffset, fde);
    const routine = area === undefined ? undefined : personalities.indexOf(fde.cie!.personality);
    if (area === undefined || routine === undefined) {
      rowStart[next] = range.start;
      rowSet[next++] = noRow;
      return;
    }
    lsda[i] = area;
    personality[i] = routine;
    for (let row = rows.firstRow[range.index]!; row < rows.firstRow[range.index + 1]!; row++) {
      const set = rows.ruleSetOf(row);
      rowStart[next] = rows.rowStart[row]!;
      rowSet[next++] = set === askSection ? noRow : set;
    }
  });
  firstRow[count] = next;
  const base = frames.section.address;
  return {
    architecture: frames.architecture,
    base,
    count,
    start,
    end,
    firstRow,
    rowStart: rowStart.subarray(0, next),
    rowSet: rowSet.subarray(0, next),
    sets,
    fdeOffset,
    lsda,
    personality,
    personalities: personalities.list,
    code: (i) => options.code?.(BigInt.asUintN(64, base + BigInt(start[i]!)), end[i]! - start[i]!),
    gapBefore: (i) => options.code?.(BigInt.asUintN(64, base + BigInt(end[i - 1]!)), start[i]! - end[i - 1]!),
  };
}

/** Reads an FDE: the distance of its LSDA, 0 where it has none, undefined where the table cannot say it. */
function lsdaOf(frames: FrameSection, offset: number, fde: Fde): number | undefined {
  try {
    frames.readFde(offset, fde);
  } catch (error) {
    if (!(error instanceof UnwindError)) throw error;
    return undefined;
  }
  if (!fde.lsda.present) return 0;
  return fde.lsda.indirect ? undefined : distance(frames, fde.lsda);
}

/** The personality routines of a section, each once. */
class Personalities {
  readonly list: Personality[] = [];
  readonly #frames: FrameSection;
  readonly #known = new Map<EncodedPointer, number | undefined>();

  constructor(frames: FrameSection) {
    this.#frames = frames;
  }

  /** Of a CIE's pointer: its index in the list, -1 where there is none, undefined where it is too far away. */
  indexOf(pointer: EncodedPointer): number | undefined {
    if (!pointer.present) return -1;
    if (!this.#known.has(pointer)) this.#known.set(pointer, this.#add(pointer));
    return this.#known.get(pointer);
  }

  #add(pointer: EncodedPointer): number | undefined {
    const address = distance(this.#frames, pointer);
    if (address === undefined) return undefined;
    const { indirect } = pointer;
    const index = this.list.findIndex((other) => other.address === address && other.indirect === indirect);
    return index >= 0 ? index : this.list.push({ address, indirect }) - 1;
  }
}

/** From the section's address to where a pointer leads, undefined where that is 2 GiB or more. */
function distance({ bases }: FrameSection, { lo, hi }: EncodedPointer): number | undefined {
  const { section } = bases;
  const difference = lo - section.lo;
  const far = (hi - section.hi - (difference < 0 ? 1 : 0)) | 0;
  const near = difference | 0;
  return far === near >> 31 ? near : undefined;
}
