import { Row } from '../row/row.ts';
import type { DescriptorLayout } from './descriptor-layout.ts';
import { DescriptorList } from './descriptor-list.ts';
import { isPadding, MODE_DWARF, modeOf, paddingDescriptor } from './modes.ts';

/**
 * A longer gap between functions is no padding but code without unwind information, and stays a gap. (The published linker
 * lets a descriptor without an epilogue reach over any gap.)
 */
const mostPadding = 255;

/** What the linker must know of a function besides its addresses and descriptors. */
export interface AboutFunction {
  /** Tells functions apart that must not share a descriptor. Default: -1, it has none. */
  readonly personality?: number;
  /** The bytes in front of it, up to the function before, are known to be no padding. Default: false. */
  readonly isBehindCode?: boolean;
}

/**
 * Puts the descriptors of a module's functions one behind the other, as few as will do. What holds inside functions never
 * changes, only what holds between them: a descriptor reaches to the next function's, its epilogue so much longer; only
 * where that is impossible a padding descriptor says that nothing is there. A descriptor that says what the one before
 * it would say there is left out.
 */
export class DescriptorLinker {
  readonly #layout: DescriptorLayout;
  readonly #out = new DescriptorList();
  #end = 0;
  #personality = -1;
  readonly #pair = new Uint32Array(2);
  readonly #before: Row;
  readonly #behind: Row;

  constructor(layout: DescriptorLayout) {
    this.#layout = layout;
    this.#before = new Row(layout.architecture.columnCount);
    this.#behind = new Row(layout.architecture.columnCount);
  }

  /**
   * Adds a function from `start` up to `end`, behind those already added. Its descriptors begin at its start and count from
   * there.
   */
  add(start: number, end: number, descriptors: DescriptorList, about: AboutFunction = {}): void {
    const { personality = -1, isBehindCode = false } = about;
    if (descriptors.count === 0 || descriptors.start[0] !== 0) {
      throw new RangeError('expected descriptors from the start of the function on');
    }
    const out = this.#out;
    if (out.count > 0) {
      if (start < this.#end) throw new RangeError('expected functions in ascending order without overlaps');
      if (start > this.#end) this.#foldPadding(start - this.#end, isBehindCode);
    }
    for (let i = 0; i < descriptors.count; i++) {
      const from = start + descriptors.start[i]!;
      const to = i + 1 < descriptors.count ? start + descriptors.start[i + 1]! : end;
      const lo = descriptors.lo[i]!;
      const hi = descriptors.hi[i]!;
      const mayMerge = i > 0 || personality === this.#personality;
      if (!mayMerge || !this.#continues(from, to, lo, hi)) out.add(from, lo, hi);
    }
    this.#end = end;
    this.#personality = personality;
  }

  /** The descriptors, with a padding descriptor at the end, and where they end. */
  finish(): { readonly descriptors: DescriptorList; readonly end: number } {
    if (this.#out.count > 0) this.#out.add(this.#end, paddingDescriptor, 0);
    return { descriptors: this.#out, end: this.#end };
  }

  #foldPadding(size: number, isCode: boolean): void {
    const out = this.#out;
    const last = out.count - 1;
    const lo = out.lo[last]!;
    const hi = out.hi[last]!;
    const pair = this.#pair;
    if (!isCode && size <= mostPadding) {
      const epilogue = this.#layout.epilogueSize(lo, hi);
      if (epilogue <= 0) return;
      if (this.#layout.withEpilogueSize(lo, hi, epilogue + size, pair)) {
        out.lo[last] = pair[0]!;
        out.hi[last] = pair[1]!;
        return;
      }
    }
    out.add(this.#end, paddingDescriptor, 0);
  }

  /** Whether the last descriptor, reaching to `to`, says the same as it does up to `from` and this one from there on. */
  #continues(from: number, to: number, lo: number, hi: number): boolean {
    const out = this.#out;
    const last = out.count - 1;
    if (last < 0 || out.lo[last] !== lo || out.hi[last] !== hi) return false;
    if (isPadding(lo, hi)) return true;
    if (modeOf(lo) === MODE_DWARF) return false;
    const start = out.start[last]!;
    const before = this.#before;
    const behind = this.#behind;
    return (
      this.#fillsAlone(lo, hi, from - start, before) &&
      this.#fillsAlone(lo, hi, to - from, behind) &&
      sameRules(before, behind) &&
      this.#fillsAlone(lo, hi, to - start, behind) &&
      sameRules(before, behind)
    );
  }

  /** Whether one and the same holds in the whole range of a descriptor. */
  #fillsAlone(lo: number, hi: number, length: number, row: Row): boolean {
    this.#layout.fill(lo, hi, 0, length, row);
    return row.startLo === 0 && row.endLo === length;
  }
}

/** Descriptors of one layout: what the architecture and the format set in every row is not compared. */
function sameRules(a: Row, b: Row): boolean {
  if (a.cfaKind !== b.cfaKind || a.cfaColumn !== b.cfaColumn || a.cfaLo !== b.cfaLo || a.cfaHi !== b.cfaHi)
    return false;
  if (a.bytes !== b.bytes || a.signState !== b.signState || a.ruleCount !== b.ruleCount) return false;
  for (let i = 0; i < a.ruleCount; i++) {
    if (a.ruleColumn[i] !== b.ruleColumn[i] || a.ruleKind[i] !== b.ruleKind[i]) return false;
    if (a.ruleLo[i] !== b.ruleLo[i] || a.ruleHi[i] !== b.ruleHi[i]) return false;
  }
  return true;
}
