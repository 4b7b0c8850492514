import type { Explanation } from './failure.ts';

/** A word of the stack, and what it holds, from what the execution did. */
export interface StackWord {
  /** Hexadecimal, as every address and value here. */
  readonly address: string;
  /** Bytes from SP. */
  readonly offset: number;
  readonly value: string;
  readonly meaning: string;
  /** Frames whose SP is here: 0 is the stop's own. */
  readonly frames: readonly number[];
}

/** One frame: what is right and what was answered, by register. */
export interface CaseFrame {
  readonly frame: number;
  readonly kind: string;
  /** Where it resumes: its function and the offset in it. */
  readonly place: string;
  readonly expected: Readonly<Record<string, string>>;
  readonly actual: Readonly<Record<string, string>>;
}

/** One stop of one program with everything that is known of it. */
export interface CaseExplanation {
  readonly run: number;
  readonly stop: number;
  readonly verdict: string;
  /** What diverges; absent where nothing does. */
  readonly message?: string;
  readonly pc: string;
  /** Frames of the truth behind the stop's own. */
  readonly depth: number;
  readonly expectedEnding: string;
  readonly actualEnding: string;
  /** The function of the stop, and where another frame's step went wrong, that one's. */
  readonly listings: readonly { readonly name: string; readonly start: string; readonly code: Explanation['code'] }[];
  readonly stack: readonly StackWord[];
  readonly frames: readonly CaseFrame[];
  /** Frames that are not shown. */
  readonly hidden: number;
}
