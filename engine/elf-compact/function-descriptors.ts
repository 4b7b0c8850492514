import { type RewrittenFrames, unmovableReason } from '../dwarf/write/rewrite-frames.ts';
import type { FunctionTable } from '../encoding/function-table.ts';
import { FunctionView } from '../encoding/function-view.ts';
import type { DescriptorEncoder } from './descriptor-layout.ts';
import { DescriptorList } from './descriptor-list.ts';

/** The descriptors of each function of a table, and why others have none. */
export class FunctionDescriptors {
  readonly functions: FunctionTable;
  /** One function's behind the other's, starts counted from the function's. */
  readonly list = new DescriptorList();
  /** By function: number of its descriptors; 0 where it stays DWARF. */
  readonly counts: Uint32Array;
  readonly fallbacks = new Map<number, string>();
  /** The personality routines that have a number in descriptors: indices in the table's list. */
  readonly personalities: number[] = [];

  readonly #mostPersonalities: number;

  constructor(functions: FunctionTable, encoder: DescriptorEncoder, mostPersonalities: number) {
    this.functions = functions;
    this.#mostPersonalities = mostPersonalities;
    this.counts = new Uint32Array(functions.count);
    const view = new FunctionView(functions);
    for (let i = 0; i < functions.count; i++) {
      const before = this.list.count;
      const reason = this.#admit(i) ?? encoder.encode(view.moveTo(i), this.list);
      if (reason === undefined) this.counts[i] = this.list.count - before;
      else this.fallbacks.set(i, reason);
    }
  }

  /** The functions in turn with their descriptors, in one list that is filled anew each time; it may be added to. */
  *byFunction(): Generator<readonly [index: number, descriptors: DescriptorList], void, undefined> {
    const { start, lo, hi } = this.list;
    const own = new DescriptorList();
    let next = 0;
    for (let i = 0; i < this.functions.count; i++) {
      own.clear();
      for (const end = next + this.counts[i]!; next < end; next++) own.add(start[next]!, lo[next]!, hi[next]!);
      yield [i, own];
    }
  }

  /** The FDEs that functions without descriptors need. */
  *fdeOffsets(): Generator<number, void, undefined> {
    for (const index of this.fallbacks.keys()) yield this.functions.fdeOffset[index]!;
  }

  /** Whether a function has an LSDA that something reads: a personality routine. */
  hasLsda(index: number): boolean {
    return this.functions.lsda[index] !== 0 && this.functions.personality[index]! >= 0;
  }

  /** Why each function without descriptors has none, knowing which of their FDEs could be kept. */
  fallbacksWith({ fdeOffset }: RewrittenFrames): Map<number, string> {
    const reasons = new Map(this.fallbacks);
    for (const index of reasons.keys()) {
      if (!fdeOffset.has(this.functions.fdeOffset[index]!)) reasons.set(index, unmovableReason);
    }
    return reasons;
  }

  /** Gives the personality routine of a function a number; returns why that is impossible. */
  #admit(index: number): string | undefined {
    const routine = this.functions.personality[index]!;
    if (routine < 0) return undefined;
    // The lowest bit of an address tells whether it is indirect.
    if ((this.functions.personalities[routine]!.address & 1) !== 0) return 'personality routine at an odd address';
    if (!this.hasLsda(index) || this.personalities.includes(routine)) return undefined;
    if (this.personalities.length === this.#mostPersonalities) {
      return `more than ${this.#mostPersonalities} personality routines`;
    }
    this.personalities.push(routine);
    return undefined;
  }
}
