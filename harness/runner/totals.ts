import { sumCounts, type WrongProgramCounts } from '../mutants/counts.ts';
import type { EncodingCoverage, Verdicts } from '../record/index.ts';
import { sumCoverage } from '../unwinders/encoding-coverage.ts';
import type { ProgramResult } from './program-result.ts';

/** Sums over programs, either all of them or those an unwinder applies to. */
class Sums {
  programs = 0;
  stops = 0;
  distinctPcs = 0;
  executed = 0;
  emitted = 0;
  readonly rowPairs = new Set<string>();

  add(result: ProgramResult): void {
    this.programs++;
    this.stops += result.stops;
    this.distinctPcs += result.distinctPcs;
    this.executed += result.executed;
    this.emitted += result.emitted;
    for (const pair of result.rowPairs) this.rowPairs.add(pair);
  }

  values() {
    const { programs, stops, distinctPcs, executed, emitted } = this;
    return { programs, stops, distinctPcs, rowPairs: this.rowPairs.size, executed, emitted };
  }
}

interface UnwinderSums {
  readonly sums: Sums;
  readonly verdicts: Verdicts;
  unexpectedMissing: number;
  producerFaults: number;
  coverage: EncodingCoverage | undefined;
  seconds: number;
}

/** Adds up the programs of a scenario or of an architecture. */
export class Totals {
  readonly #all = new Sums();
  readonly #unwinders = new Map<string, UnwinderSums>();
  readonly #registerPairs = { compared: 0, differing: 0 };
  #codeBytes = 0;
  #paddingBytes = 0;
  #busiestPcStops = 0;
  #wrong: WrongProgramCounts | undefined;

  add(result: ProgramResult): void {
    this.#all.add(result);
    this.#codeBytes += result.codeBytes;
    this.#paddingBytes += result.paddingBytes;
    this.#busiestPcStops = Math.max(this.#busiestPcStops, result.busiestPcStops);
    if (result.wrong !== undefined) this.#wrong = sumCounts(this.#wrong, result.wrong);
    this.#registerPairs.compared += result.registerPairs.compared;
    this.#registerPairs.differing += result.registerPairs.differing;
    for (const {
      unwinder,
      verdicts,
      unexpectedMissing,
      isLost,
      producerFaults,
      coverage,
      seconds,
    } of result.unwinders) {
      const entry = this.#entry(unwinder);
      if (isLost) entry.sums.programs++;
      else entry.sums.add(result);
      entry.verdicts.pass += verdicts.pass;
      entry.verdicts.fail += verdicts.fail;
      entry.verdicts.missing += verdicts.missing;
      entry.verdicts.error += verdicts.error;
      entry.unexpectedMissing += unexpectedMissing;
      entry.producerFaults += producerFaults;
      if (coverage !== undefined)
        entry.coverage = sumCoverage(entry.coverage ? [entry.coverage, coverage] : [coverage]);
      entry.seconds += seconds;
    }
  }

  /** No fail, no error, no unexpected missing. */
  get passed(): boolean {
    return [...this.#unwinders.values()].every(
      ({ verdicts, unexpectedMissing }) => verdicts.fail === 0 && verdicts.error === 0 && unexpectedMissing === 0,
    );
  }

  program() {
    const { stops } = this.#all;
    return {
      ...this.#all.values(),
      busiestPcShare: stops === 0 ? 0 : this.#busiestPcStops / stops,
      codeBytes: this.#codeBytes,
      paddingBytes: this.#paddingBytes,
      registerPairs: { ...this.#registerPairs },
      ...(this.#wrong !== undefined && { wrong: this.#wrong }),
    };
  }

  /** What one unwinder did; undefined where it applied to no program. */
  unwinder(name: string) {
    const entry = this.#unwinders.get(name);
    if (entry === undefined) return undefined;
    const { sums, verdicts, unexpectedMissing, producerFaults, coverage } = entry;
    return {
      unwinder: name,
      verdicts: { ...verdicts },
      unexpectedMissing,
      producerFaults,
      ...(coverage !== undefined && { coverage }),
      ...sums.values(),
    };
  }

  /** Seconds by unwinder. */
  seconds(): Record<string, number> {
    return Object.fromEntries(Array.from(this.#unwinders, ([name, { seconds }]) => [name, seconds]));
  }

  #entry(unwinder: string): UnwinderSums {
    let entry = this.#unwinders.get(unwinder);
    if (entry === undefined) {
      const verdicts = { pass: 0, fail: 0, missing: 0, error: 0 };
      entry = {
        sums: new Sums(),
        verdicts,
        unexpectedMissing: 0,
        producerFaults: 0,
        coverage: undefined,
        seconds: 0,
      };
      this.#unwinders.set(unwinder, entry);
    }
    return entry;
  }
}
