import type { Architecture } from '../../engine/index.ts';
import type { Stop } from '../stop.ts';
import type { TrueFrame } from '../truth/frame.ts';
import type { CodeIndex } from './code-index.ts';
import type { RowBook } from './row-book.ts';

const unknown = -1;

/** Counts what a program's stops cover: PCs, rows with their callers' rows, and registers that unwinding must restore. */
export class StopStatistics {
  stops = 0;
  /** (stop, callee-saved register) pairs compared in the first caller, and those whose value is not the live one. */
  comparedPairs = 0;
  differingPairs = 0;
  readonly #map: CodeIndex;
  readonly #rows: RowBook;
  readonly #architecture: Architecture;
  /** By code index: stops, and the number of the row. */
  readonly #counts: Uint32Array;
  readonly #rowNumbers: Int32Array;
  /** Stops at addresses that are no code, by address. */
  readonly #elsewhere = new Map<bigint, number>();
  readonly #pairs = new Set<number>();

  constructor(map: CodeIndex, rows: RowBook, architecture: Architecture) {
    this.#map = map;
    this.#rows = rows;
    this.#architecture = architecture;
    this.#counts = new Uint32Array(map.size);
    this.#rowNumbers = new Int32Array(map.size).fill(unknown);
  }

  add(stop: Stop): void {
    const { pc } = this.#architecture;
    const pcLo = stop.registers[2 * pc]!;
    const pcHi = stop.registers[2 * pc + 1]!;
    const index = this.#map.indexOf(pcLo, pcHi);
    this.stops++;
    if (index >= 0) this.#counts[index]!++;
    else {
      const address = (BigInt(pcHi) << 32n) | BigInt(pcLo);
      this.#elsewhere.set(address, (this.#elsewhere.get(address) ?? 0) + 1);
    }
    if (stop.callers === null) return;
    this.#addPair(pcLo, pcHi, stop.callers);
    this.#addRegisters(stop.registers, stop.callers);
  }

  /** Number of times the instruction at a code index was executed. */
  countAt(index: number): number {
    return this.#counts[index]!;
  }

  /** Number of the row at an address. */
  rowAt(lo: number, hi: number): number {
    const index = this.#map.indexOf(lo, hi);
    if (index < 0) return this.#rows.numberAt(lo, hi);
    let number = this.#rowNumbers[index]!;
    if (number === unknown) {
      number = this.#rows.numberAt(lo, hi);
      this.#rowNumbers[index] = number;
    }
    return number;
  }

  /** Number of the row for a frame of the truth: its PC minus one where it called, its PC where it was interrupted. */
  rowOf(frame: TrueFrame): number {
    const { pc } = this.#architecture;
    const lo = frame.registers[2 * pc]!;
    const hi = frame.registers[2 * pc + 1]!;
    if (frame.kind !== 'caller' && frame.kind !== 'sentinel') return this.rowAt(lo, hi);
    return this.rowAt((lo - 1) >>> 0, lo === 0 ? (hi - 1) >>> 0 : hi);
  }

  get distinctPcs(): number {
    let distinct = this.#elsewhere.size;
    for (const count of this.#counts) if (count > 0) distinct++;
    return distinct;
  }

  get busiestPcStops(): number {
    let most = 0;
    for (const count of this.#counts) if (count > most) most = count;
    for (const count of this.#elsewhere.values()) if (count > most) most = count;
    return most;
  }

  /** Digests of each (row, caller's row) pair, sorted. */
  pairDigests(): string[] {
    return Array.from(this.#pairs, (pair) => {
      const caller = pair % rowLimit;
      return this.#rows.digest((pair - caller) / rowLimit) + this.#rows.digest(caller);
    }).sort();
  }

  #addPair(pcLo: number, pcHi: number, caller: TrueFrame): void {
    const row = this.rowAt(pcLo, pcHi);
    const callerRow = this.rowOf(caller);
    if (row !== 0 && callerRow !== 0) this.#pairs.add(row * rowLimit + callerRow);
  }

  #addRegisters(live: Uint32Array, caller: TrueFrame): void {
    for (const column of this.#architecture.calleeSaved) {
      if (caller.compared[column] !== 1) continue;
      this.comparedPairs++;
      const lo = 2 * column;
      if (caller.registers[lo] !== live[lo] || caller.registers[lo + 1] !== live[lo + 1]) this.differingPairs++;
    }
  }
}

/** More rows than a program can have; a pair of numbers below it fits a double. */
const rowLimit = 2 ** 26;
