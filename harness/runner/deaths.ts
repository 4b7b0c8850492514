import type { Asking } from './asking.ts';

/** An unwinder that, asked at a stop, ended the process or hung. */
export interface Death extends Asking {
  readonly unwinder: string;
  /** As `crash:SIGABRT`, `crash:exit 3` or `hang`. */
  readonly how: string;
  /** What its process wrote on its standard error since it was asked. */
  readonly said?: string;
}

/** Programs that an unwinder may cost; of those behind, in the order of records, none is run with it: each takes seconds. */
export const bearable = 10;

/** What became of unwinders in each of a list of programs. What it ends up with does not depend on the order of adding. */
export class Deaths {
  readonly #of: readonly Death[][];
  /** The programs an unwinder has cost, ascending. */
  readonly #costs = new Map<string, number[]>();

  /** `count`: of programs. */
  constructor(count: number) {
    this.#of = Array.from({ length: count }, () => []);
  }

  add(program: number, death: Death): void {
    this.#of[program]!.push(death);
    const costs = this.#costs.get(death.unwinder) ?? [];
    this.#costs.set(
      death.unwinder,
      [...costs, program].sort((a, b) => a - b),
    );
  }

  /** Those of a program that are to be told. */
  of(program: number): Death[] {
    return this.#of[program]!.filter(({ unwinder }) => !this.#isGoneBefore(program, unwinder));
  }

  /** Unwinders that earlier programs have shown to be hopeless. */
  goneBefore(program: number): string[] {
    return [...this.#costs.keys()].filter((unwinder) => this.#isGoneBefore(program, unwinder));
  }

  /** Unwinders that a program is not to be run with any more. */
  without(program: number): string[] {
    return [...this.goneBefore(program), ...this.of(program).map(({ unwinder }) => unwinder)];
  }

  #isGoneBefore(program: number, unwinder: string): boolean {
    const last = this.#costs.get(unwinder)?.[bearable - 1];
    return last !== undefined && last < program;
  }
}

/** Of an unwinder that was asked. */
export function describeDeath({ how, said = '' }: Pick<Death, 'how' | 'said'>): string {
  if (how === 'hang') return 'it did not answer in time';
  // Before a signal this is what abort() or a language's run time gives as the reason; before an exit, a stack of Node.js.
  const reason = how.startsWith('crash:SIG') ? said.trim().split('\n')[0]!.trimEnd().slice(0, 200) : '';
  const isReason = reason !== '' && !reason.startsWith('----- Native stack trace');
  return `its process ended while it was asked${isReason ? `: ${reason}` : ''}`;
}
