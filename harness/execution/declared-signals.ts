import type { Signal } from '../../generators/program.ts';

interface Pending {
  readonly signal: Signal;
  readonly atLo: number;
  readonly atHi: number;
  /** How often its instruction must still be reached. */
  left: number;
}

/** Signals a run declares that were not delivered yet. */
export class DeclaredSignals {
  #pending: readonly Pending[];

  constructor(signals: readonly Signal[]) {
    this.#pending = signals.map((signal) => ({
      signal,
      atLo: Number(signal.at & 0xffff_ffffn),
      atHi: Number((signal.at >> 32n) & 0xffff_ffffn),
      left: signal.occurrence,
    }));
  }

  /** The one to be delivered at a PC: before its instruction executes, or as it has raised an exception. */
  due(pcLo: number, pcHi: number, isFault: boolean): Signal | undefined {
    for (const pending of this.#pending) {
      if ((pending.signal.fault ?? false) !== isFault) continue;
      if (pending.atLo !== pcLo || pending.atHi !== pcHi || --pending.left > 0) continue;
      this.#pending = this.#pending.filter((other) => other !== pending);
      return pending.signal;
    }
    return undefined;
  }
}
