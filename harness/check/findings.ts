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

/** Findings of one kind kept with their places; the rest are only counted. */
const mostKept = 1000;

/** Collects findings and counts those of each kind. */
export class Findings {
  readonly kept: Finding[] = [];
  readonly counts = new Map<FindingKind, number>();

  add(finding: Finding): void {
    const count = this.counts.get(finding.kind) ?? 0;
    this.counts.set(finding.kind, count + 1);
    if (count < mostKept) this.kept.push(finding);
  }
}
