import type { Architecture } from './architecture/index.ts';
import type { PlainRules } from './cache/plain-rules.ts';
import type { Module } from './module.ts';
import type { Row } from './row/row.ts';

/** The last generation given to any address space: no two states of any two spaces share one. */
let lastGeneration = 0;

const noModules: readonly Module[] = [];

/**
 * The modules of an unwound program. Their ranges are kept sorted, and the range that answered last is tried first:
 * most frames are in the module of their callee. Where modules overlap, the one added first that has a row wins.
 */
export class AddressSpace {
  readonly architecture: Architecture;
  readonly #modules: Module[];
  #generation = ++lastGeneration;
  /** Where stretches of addresses with the same modules begin, ascending. */
  #startLo = new Uint32Array(0);
  #startHi = new Uint32Array(0);
  /** The modules of each stretch, in the order they were added. */
  #modulesOf: (readonly Module[])[] = [];
  /** The stretch that was asked for last; none where the stretches are not those of the modules any more. */
  #last = -1;
  #isSorted = false;

  constructor(architecture: Architecture, modules: Iterable<Module> = []) {
    this.architecture = architecture;
    this.#modules = [...new Set(modules)];
  }

  /** Changes with every module that comes or goes; never equal to that of another space, or of an earlier state. */
  get generation(): number {
    return this.#generation;
  }

  /** A module that is there already is not added again. */
  add(module: Module): void {
    if (this.#modules.includes(module)) return;
    this.#modules.push(module);
    this.#change();
  }

  /** Nothing is found in the module any more, whoever remembers it. */
  remove(module: Module): void {
    const index = this.#modules.indexOf(module);
    if (index < 0) return;
    this.#modules.splice(index, 1);
    this.#change();
  }

  /** The module an address, as unsigned halves, lies in; of several, the one added first. */
  find(lo: number, hi: number): Module | undefined {
    return this.#modulesAt(lo, hi)[0];
  }

  /** Fills `row` with what holds at an address; false where no module has anything. Throws what sources throw. */
  lookup(lo: number, hi: number, row: Row): boolean {
    const modules = this.#modulesAt(lo, hi);
    for (let i = 0; i < modules.length; i++) {
      if (modules[i]!.source.lookup(lo, hi, row)) return true;
    }
    return false;
  }

  /** As `RowSource.lookupPlain`. */
  lookupPlain(lo: number, hi: number, rules: PlainRules): boolean {
    const modules = this.#modulesAt(lo, hi);
    if (modules.length === 0) return false;
    const { source } = modules[0]!;
    return source.lookupPlain?.(lo, hi, rules) === true;
  }

  #modulesAt(lo: number, hi: number): readonly Module[] {
    const last = this.#last;
    if (last >= 0 && this.#startsBy(last, lo, hi) && !this.#startsBy(last + 1, lo, hi)) return this.#modulesOf[last]!;
    if (!this.#isSorted) this.#sort();
    let from = 0;
    let to = this.#startLo.length;
    while (from < to) {
      const middle = (from + to) >>> 1;
      if (this.#startsBy(middle, lo, hi)) from = middle + 1;
      else to = middle;
    }
    this.#last = from - 1;
    return from === 0 ? noModules : this.#modulesOf[from - 1]!;
  }

  /** A stretch begins at an address or before it; one behind the last does not. */
  #startsBy(stretch: number, lo: number, hi: number): boolean {
    if (stretch === this.#startLo.length) return false;
    const startHi = this.#startHi[stretch]!;
    return startHi < hi || (startHi === hi && this.#startLo[stretch]! <= lo);
  }

  #change(): void {
    this.#generation = ++lastGeneration;
    this.#last = -1;
    this.#isSorted = false;
  }

  /** Done when something is asked for, once for all modules that came or went before. */
  #sort(): void {
    this.#isSorted = true;
    const bounds = this.#modules.flatMap(({ startLo, startHi, endLo, endHi }) => [
      { lo: startLo, hi: startHi },
      { lo: endLo, hi: endHi },
    ]);
    bounds.sort((a, b) => a.hi - b.hi || a.lo - b.lo);
    this.#startLo = Uint32Array.from(bounds, ({ lo }) => lo);
    this.#startHi = Uint32Array.from(bounds, ({ hi }) => hi);
    this.#modulesOf = bounds.map(({ lo, hi }) => this.#modules.filter((module) => module.contains(lo, hi)));
  }
}
