import type { FindingKind } from './kinds.ts';

/** Something found in the unwind sections of a file. */
export interface Finding {
  readonly kind: FindingKind;
  readonly section: string;
  /** Byte offset in the section; absent where it concerns no place in it. */
  readonly offset?: number;
  /** Address of the code it concerns. */
  readonly address?: bigint;
  /** What exactly was found, in a sentence. */
  readonly message: string;
}

/** Findings of one kind kept with their places, unless more are asked for; the rest are only counted. */
const usuallyKept = 1000;

/** Collects findings and counts those of each kind. */
export class Findings {
  readonly kept: Finding[] = [];
  readonly counts = new Map<FindingKind, number>();
  readonly #mostKept: number;

  constructor(mostKept = usuallyKept) {
    this.#mostKept = mostKept;
  }

  add(finding: Finding): void {
    const count = this.counts.get(finding.kind) ?? 0;
    this.counts.set(finding.kind, count + 1);
    if (count < this.#mostKept) this.kept.push(finding);
  }
}
