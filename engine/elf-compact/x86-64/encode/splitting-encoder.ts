import type { RuleSets } from '../../../cache/rule-sets.ts';
import type { FunctionView } from '../../../encoding/function-view.ts';
import type { DescriptorEncoder, DescriptorLayout } from '../../descriptor-layout.ts';
import type { DescriptorList } from '../../descriptor-list.ts';
import { mostBytes } from '../published-layout.ts';
import { cfaFromFp, unitsOf } from './cfa-codes.ts';
import { Cover } from './cover.ts';
import type { Frame } from './frame.ts';
import { FunctionRows } from './function-rows.ts';
import { RegisterFacts } from './register-facts.ts';
import { RowClasses } from './row-classes.ts';
import { aboveSp, registerCount, slotOf, withSlot } from './saved-registers.ts';

/** Most rows that a prologue is looked for in. */
const mostPrologueRows = 24;

/** What a layout says frames with. */
export interface FrameFamily {
  readonly layout: DescriptorLayout;
  /** The largest of `cfa-codes.ts` that it has a frame for. */
  readonly mostCode: number;
  /** The frames that have a state in their body, the preferred ones first. */
  frames(cfa: number, saved: number): readonly Frame[];
  /** Appends a descriptor. */
  write(frame: Frame, cover: Cover, start: number, out: DescriptorList): void;
}

/** How many parts of rows are said in which way. */
export interface PartCounts {
  /** The descriptor says what the row says. */
  strict: number;
  /** The row names the slot of a register that was popped. */
  popped: number;
  /** The row does not name the slot of a register that was pushed. */
  pushed: number;
}

/**
 * Covers functions with as few descriptors as possible: each one reaches as far as any can. That is the best there is, as
 * whatever a descriptor says from some offset on another one can say.
 */
export class SplittingEncoder implements DescriptorEncoder {
  readonly layout: DescriptorLayout;
  /** Of the function encoded last. */
  readonly counts: PartCounts = { strict: 0, popped: 0, pushed: 0 };
  readonly #family: FrameFamily;
  readonly #rows = new FunctionRows();
  readonly #cover: Cover;
  readonly #frames = new Map<number, readonly Frame[]>();
  #classes: RowClasses | undefined;
  #view: FunctionView | undefined;
  /** The best descriptor at the offset at hand; no frame is the frame with nothing in it. */
  #best: Frame | undefined;
  #bestBody = 0;
  #end = 0;

  constructor(family: FrameFamily) {
    this.layout = family.layout;
    this.#family = family;
    this.#cover = new Cover(this.#rows, new RegisterFacts(), () => this.#view?.code);
  }

  encode(view: FunctionView, out: DescriptorList): string | undefined {
    const { counts } = this;
    counts.strict = 0;
    counts.popped = 0;
    counts.pushed = 0;
    const classes = this.#classesOf(view.table.sets);
    const reason = this.#rows.load(view, classes, this.#family.mostCode);
    if (reason !== undefined) return reason;
    this.#view = view;
    this.#cover.reset();
    const before = out.count;
    const { start, count, size } = this.#rows;
    let row = 0;
    for (let at = 0; at < size; at = this.#end) {
      while (row + 1 < count && start[row + 1]! <= at) row++;
      this.#findBest(row, at);
      if (this.#end <= at) {
        out.count = before;
        return this.#reason(row);
      }
      this.#append(row, at, out);
    }
    return undefined;
  }

  #classesOf(sets: RuleSets): RowClasses {
    if (this.#classes?.sets !== sets) this.#classes = new RowClasses(sets);
    this.#classes.update();
    return this.#classes;
  }

  #findBest(row: number, at: number): void {
    const { start, cfa, count } = this.#rows;
    const cover = this.#cover;
    this.#best = undefined;
    cover.tryNull(row, at);
    this.#end = cover.end;
    const last = Math.min(count, row + mostPrologueRows);
    for (let body = row; body < last; body++) {
      if (start[body]! - at > mostBytes) break;
      // Prologues do not give room back, and do not leave RBP.
      const hasFp = unitsOf(cfa[body]!) === cfaFromFp;
      if (body > row && !hasFp && (cfa[body]! < cfa[body - 1]! || unitsOf(cfa[body - 1]!) === cfaFromFp)) break;
      const own = hasFp ? this.#rows.saved[body]! : aboveSp(this.#rows.saved[body]!, unitsOf(cfa[body]!));
      this.#try(body, at, own);
      const eventual = this.#eventual(body, own);
      if (eventual !== own) this.#try(body, at, eventual);
    }
  }

  #try(body: number, at: number, saved: number): void {
    const frames = this.#framesOf(this.#rows.cfa[body]!, saved);
    for (let i = 0; i < frames.length; i++) {
      const frame = frames[i]!;
      if (!this.#cover.tryFrame(frame, at, body) || this.#cover.end <= this.#end) continue;
      this.#best = frame;
      this.#bestBody = body;
      this.#end = this.#cover.end;
    }
  }

  /** With the registers that later rows name, as far as they can be saved already. */
  #eventual(body: number, own: number): number {
    const { cfa, saved, count } = this.#rows;
    const units = unitsOf(cfa[body]!);
    if (units === cfaFromFp) return own;
    const last = Math.min(count, body + mostPrologueRows);
    for (let row = body + 1; row < last; row++) {
      if (cfa[row] !== cfaFromFp && cfa[row]! < cfa[row - 1]!) break;
      if (saved[row] === saved[body]) continue;
      let all = own;
      for (let position = 0; position < registerCount; position++) {
        const slot = slotOf(saved[row]!, position);
        if (slotOf(all, position) === 0 && slot < units) all = withSlot(all, position, slot);
      }
      return all;
    }
    return own;
  }

  #framesOf(cfa: number, saved: number): readonly Frame[] {
    const key = cfa * 2 ** 24 + saved;
    let frames = this.#frames.get(key);
    if (frames === undefined) {
      frames = this.#family.frames(cfa, saved);
      this.#frames.set(key, frames);
    }
    return frames;
  }

  /** Tries the best once more, for its fields. */
  #append(row: number, at: number, out: DescriptorList): void {
    const cover = this.#cover;
    const best = this.#best;
    if (best === undefined) {
      cover.tryNull(row, at);
      out.add(at, 0, 0);
    } else {
      cover.tryFrame(best, at, this.#bestBody);
      this.#family.write(best, cover, at, out);
    }
    this.counts.strict += cover.strict;
    this.counts.popped += cover.popped;
    this.counts.pushed += cover.pushed;
  }

  #reason(row: number): string {
    const { cfa, saved } = this.#rows;
    const units = unitsOf(cfa[row]!);
    const own = units === cfaFromFp ? saved[row]! : aboveSp(saved[row]!, units);
    if (own !== saved[row]) return 'not proven that a register was popped';
    return this.#framesOf(cfa[row]!, own).length === 0 ? 'order of saved registers' : 'no descriptor';
  }
}
