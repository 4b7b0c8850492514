import type { Stop } from '../stop.ts';
import { readColumn } from '../truth/address.ts';

/** What the job of a program is about to do. */
export interface Asking {
  /** Who is asked; undefined where the program is executed up to its next stop. */
  readonly unwinder?: string;
  readonly run: number;
  /** The last stop that was reached. */
  readonly stop: number;
  /** Of that stop, hexadecimal; 0x0 where the step is that of no stop. */
  readonly pc: string;
}

const nowhere = '0 0 0x0';

/** Tells, line by line, who is about to be asked and where; without anybody who listens it does nothing. */
export class AskingTrace {
  readonly #tell: ((line: string) => void) | undefined;
  #place = nowhere;

  constructor(tell: ((line: string) => void) | undefined) {
    this.#tell = tell;
  }

  /** What follows happens at this stop. */
  arrive(run: number, { index, registers, architecture }: Stop): void {
    if (this.#tell === undefined) return;
    this.#place = `${run} ${index} 0x${readColumn(registers, architecture.pc).toString(16)}`;
  }

  /** What follows happens at no stop, but before all, between two or behind them. */
  leave(): void {
    this.#place = nowhere;
  }

  asks({ name }: { readonly name: string }): void {
    this.#tell?.(`${this.#place} ${name}`);
  }

  executes(): void {
    this.#tell?.(this.#place);
  }
}

/** From a line of an `AskingTrace`; undefined where it is none. */
export function readAsking(line: string): Asking | undefined {
  const [, run, stop, pc, unwinder] = /^(\d+) (\d+) (0x[0-9a-f]+)(?: (\S+))?$/.exec(line) ?? [];
  if (pc === undefined) return undefined;
  return { run: Number(run), stop: Number(stop), pc, ...(unwinder !== undefined && { unwinder }) };
}
