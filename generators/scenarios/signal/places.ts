import type { LinkedProgram } from '../../link/index.ts';
import type { Signal } from '../../program.ts';
import { addressOf } from '../build-program.ts';

/** The function that handles signals unless a scenario names another one. */
export const handlerName = 'handler';

/** Where in a program signals can be delivered, and how they are. */
export class Places {
  readonly linked: LinkedProgram;
  readonly #trampoline: bigint;

  constructor(linked: LinkedProgram, trampoline: bigint) {
    this.linked = linked;
    this.#trampoline = trampoline;
  }

  /** Every instruction of the functions of these names, ascending. */
  in(...names: readonly string[]): bigint[] {
    const functions = this.linked.functions.filter(({ name }) => names.includes(name));
    return this.linked.instructions.filter((at) => functions.some(({ start, end }) => at >= start && at < end));
  }

  /** Every instruction of the functions whose name matches. */
  matching(pattern: RegExp): bigint[] {
    return this.in(...this.linked.functions.flatMap(({ name }) => (pattern.test(name) ? [name] : [])));
  }

  /** A label's address. */
  label(name: string): bigint {
    return addressOf(this.linked, name);
  }

  /** A signal before the instruction at an address executes. */
  deliver(at: bigint, more: { handler?: string; stack?: string; occurrence?: number; fault?: true } = {}): Signal {
    const { handler = handlerName, stack, occurrence = 1, fault } = more;
    return {
      at,
      occurrence,
      handler: this.label(handler),
      trampoline: this.#trampoline,
      ...(stack === undefined ? {} : { stack }),
      ...(fault === undefined ? {} : { fault }),
    };
  }
}

/** The functions of a chain. */
export const chained = /^(entry|function\d+)$/;
