import type { Stop } from '../stop.ts';
import { readColumn } from '../truth/address.ts';
import type { TrueFrame } from '../truth/frame.ts';
import type { ExecFailure } from './result.ts';

/** Groups of failures by their keys. */
export type KeyedFailures = ReadonlyMap<string, ExecFailure>;

/**
 * Failures in activations whose return address is no longer where it was pushed, kept by activation until it is known
 * whether that returns all the same: then the address was somewhere else, where a row could have named it.
 */
export class OverwrittenReturns {
  readonly #activations = new Map<string, Map<string, ExecFailure>>();

  get size(): number {
    return this.#activations.size;
  }

  /** `from`: the frame of the activation, or the stop's own; `make`: the failure, where it is the first of its group. */
  add(stop: Stop, from: TrueFrame | undefined, key: string, lookup: string, make: () => ExecFailure): void {
    const caller = (from === undefined ? stop.callers : from.behind)!;
    const activation = placeOf(caller.registers, stop);
    const groups = this.#activations.get(activation) ?? new Map<string, ExecFailure>();
    this.#activations.set(activation, groups);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, make());
    else {
      group.count++;
      if (!group.lookups.includes(lookup)) group.lookups.push(lookup);
    }
  }

  /** To be told of every stop; gives back the failures of an activation that has returned to it. */
  returned(stop: Stop): KeyedFailures | undefined {
    if (this.#activations.size === 0) return undefined;
    const place = placeOf(stop.registers, stop);
    const groups = this.#activations.get(place);
    this.#activations.delete(place);
    return groups;
  }

  /** Gives back what is left at the end of an execution. */
  left(): readonly KeyedFailures[] {
    const all = [...this.#activations.values()];
    this.#activations.clear();
    return all;
  }
}

/** A caller goes on at its PC with its SP. */
function placeOf(registers: Uint32Array, { architecture: { pc, sp } }: Stop): string {
  return `${readColumn(registers, pc)} ${readColumn(registers, sp)}`;
}
