import type { FrameStyle } from '../../function/style.ts';

/** What a step does; the meaning of its number is in parentheses. */
export const stepKinds = [
  /** Builds the frame; what comes before runs without one. */
  'enter',
  /** Gives the saved registers other values. */
  'clobber',
  /** Instructions that touch scratch registers only (how many). */
  'work',
  /** Calls a function (its index); `point` through a register. */
  'call',
  'point',
  /** Calls a function, perhaps one that is running already, as long as there is fuel (its index). */
  'recur',
  /** A conditional return, behind which the frame is as before: by `restore_state`, or declared anew. */
  'return',
  'return-anew',
  /** A conditional detour through code that lies elsewhere and has an FDE of its own (its instructions). */
  'cold',
  /** A conditional call, at the end of the function, of one that does not return (its index). */
  'divert',
  /** SP goes down and up again (bytes); the CFA follows, in the end by `restore_state`, or declared anew. */
  'push',
  'push-anew',
  /** Directives that change nothing: SP is the CFA, by `val_offset` and by `val_expression`. */
  'say-sp',
  'say-sp-expression',
  /** A callee-saved register has the caller's value. */
  'say-same',
  'say-arguments',
  'say-nop',
  /** A state is remembered and restored at once. */
  'say-state',
] as const;

/** How a function ends. */
export const endKinds = [
  /** Frees the frame and returns. */
  'ret',
  /** Frees the frame and jumps to a function (its index). */
  'tail',
  /** Its last instruction calls a function that does not return (its index). */
  'last',
  /** Ends the program by a system call. */
  'exit',
] as const;

export type StepKind = (typeof stepKinds)[number];
export type EndKind = (typeof endKinds)[number];

export interface Step {
  readonly kind: StepKind;
  /** 0 where the kind has no use for it. */
  readonly value: number;
}

export interface End {
  readonly kind: EndKind;
  readonly value: number;
}

export interface RecipeFunction {
  /** What it leaves open (registers, values, forms) is drawn from this number: it stays when others go. */
  readonly id: number;
  readonly style: FrameStyle;
  /** Saved registers, or the CFA, are described by expressions. */
  readonly spelling: 'plain' | 'expressions' | 'cfa-expressions';
  readonly steps: readonly Step[];
  readonly end: End;
}

/** A random program, as a small value: the same recipe, seed and architecture give the same bytes. */
export interface Recipe {
  /** The first is the entry. Each calls only ones behind it, but for `recur`. */
  readonly functions: readonly RecipeFunction[];
  /** What signals are handled by; without it, there are none. */
  readonly handler?: RecipeFunction;
  /** Interrupted instructions of the functions, by index modulo their number. */
  readonly signals: readonly number[];
  /** How often each `recur` may call. */
  readonly fuel: number;
}

/** Steps whose number is the index of a function. */
export const callSteps: ReadonlySet<StepKind> = new Set(['call', 'point', 'recur', 'divert']);

/** Whether the end's number is the index of a function. */
export function endCalls({ kind }: End): boolean {
  return kind === 'tail' || kind === 'last';
}
