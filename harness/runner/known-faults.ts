import type { Module, Row } from '../../engine/index.ts';
import { formatRow } from '../../engine/index.ts';
import type { ProducerFault } from '../../generators/program.ts';
import { rowFaultOf } from '../exec/row-fault.ts';
import { culprit, type Failure, lookupAddress } from './failure-groups.ts';
import type { ProducerFaultGroup } from './program-result.ts';

/** Tells failures that a program's own wrong rows cause from all others, and counts them. */
export class KnownFaults {
  readonly #faults: ReadonlyMap<bigint, ProducerFault>;
  readonly #modules: readonly Module[];
  readonly #groups = new Map<string, ProducerFaultGroup>();
  /** By address. */
  readonly #rows = new Map<bigint, Row>();
  /** Unwinder and address. */
  readonly #seen = new Set<string>();

  /** `modules`: where the rows are looked up. */
  constructor(faults: readonly ProducerFault[], modules: readonly Module[]) {
    this.#faults = new Map(faults.map((fault) => [fault.at, fault]));
    this.#modules = modules;
  }

  get groups(): ProducerFaultGroup[] {
    return [...this.#groups.values()];
  }

  /**
   * Whether a failure is a known fault, which is then counted: the step that went wrong used a row that is on the list;
   * by that row, evaluated apart from the engine, the caller is not what execution showed; and the answer is that of
   * the rows, so that nothing an unwinder does wrong there of its own hides behind the list.
   */
  add(failure: Failure): boolean {
    const { stop, divergence, unwinder } = failure;
    if (divergence === undefined || this.#faults.size === 0) return false;
    const from = culprit(stop, divergence);
    const fault = this.#faults.get(lookupAddress(stop, from));
    if (fault === undefined) return false;
    const row = this.#rowAt(fault.at);
    if (row === undefined || formatRow(row, stop.architecture) !== fault.row) return false;
    if (rowFaultOf(failure, from, row, (address) => this.#rowAt(address)) !== 'contradicts') return false;
    this.#seen.add(`${unwinder} ${fault.at}`);
    this.#count(unwinder, fault);
    return true;
  }

  /** The faults that did not show in what an unwinder answered. */
  unseen(unwinder: string): ProducerFault[] {
    return [...this.#faults.values()].filter(({ at }) => !this.#seen.has(`${unwinder} ${at}`));
  }

  #rowAt(address: bigint): Row | undefined {
    const known = this.#rows.get(address);
    if (known !== undefined) return known;
    for (const module of this.#modules) {
      const row = module.rowAt(address);
      if (row === undefined) continue;
      this.#rows.set(address, row);
      return row;
    }
    return undefined;
  }

  #count(unwinder: string, { at, function: name, row, kind }: ProducerFault): void {
    const key = [unwinder, name, row, kind].join('\0');
    const group = this.#groups.get(key) ?? { unwinder, function: name, row, fault: kind, pcs: [], count: 0 };
    this.#groups.set(key, group);
    group.count++;
    const pc = `0x${at.toString(16)}`;
    if (!group.pcs.includes(pc)) group.pcs.push(pc);
  }
}
