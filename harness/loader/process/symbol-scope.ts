import { SHN_ABS, SHN_UNDEF } from '../../../engine/index.ts';
import * as dt from '../dynamic/constants.ts';
import type { DynamicSymbol } from '../dynamic/dynamic-symbols.ts';
import type { ProcessModule } from './process-module.ts';

/** A definition of a symbol. */
export interface Definition {
  readonly module: ProcessModule;
  readonly symbol: DynamicSymbol;
}

/** A version index above this has a name that is not the file's base version (LSB, 10.7.2). */
const baseVersion = 2;

/** What the files of a process define for each other: the first file that has a symbol wins, in the order of loading. */
export class SymbolScope {
  readonly #modules: readonly ProcessModule[];
  readonly #definitions = new Map<ProcessModule, ReadonlyMap<string, DynamicSymbol[]>>();

  constructor(modules: readonly ProcessModule[]) {
    this.#modules = modules;
  }

  /**
   * What a reference of a file is bound to, its version honoured; undefined where nobody defines it. `others`: not to a
   * definition in the file itself.
   */
  resolve(module: ProcessModule, symbol: DynamicSymbol, others = false): Definition | undefined {
    if (!others && isBoundToItself(module, symbol)) return { module, symbol };
    for (const candidate of this.#modules) {
      if (others && candidate === module) continue;
      const found = this.#find(candidate, symbol.name, symbol.version.name);
      if (found !== undefined) return { module: candidate, symbol: found };
    }
    return undefined;
  }

  /** The first definition of a name, whatever its version. */
  byName(name: string): Definition | undefined {
    for (const module of this.#modules) {
      const symbol = this.#of(module).get(name)?.[0];
      if (symbol !== undefined) return { module, symbol };
    }
    return undefined;
  }

  #find(module: ProcessModule, name: string, version: string | undefined): DynamicSymbol | undefined {
    const candidates = this.#of(module).get(name);
    if (candidates === undefined) return undefined;
    if (version === undefined) {
      return (
        candidates.find((one) => one.version.index <= baseVersion && !one.version.isHidden) ??
        candidates.find((one) => !one.version.isHidden) ??
        candidates[0]
      );
    }
    return candidates.find((one) => one.version.name === version || one.version.name === undefined);
  }

  #of(module: ProcessModule): ReadonlyMap<string, DynamicSymbol[]> {
    let found = this.#definitions.get(module);
    if (found === undefined) {
      const byName = new Map<string, DynamicSymbol[]>();
      for (const symbol of module.symbols?.all() ?? []) {
        if (!isVisible(symbol)) continue;
        const same = byName.get(symbol.name);
        if (same === undefined) byName.set(symbol.name, [symbol]);
        else same.push(symbol);
      }
      found = byName;
      this.#definitions.set(module, found);
    }
    return found;
  }
}

/** Whether others may bind to it (gABI, "Symbol Visibility"). */
function isVisible({ name, sectionIndex, binding, visibility, type, value }: DynamicSymbol): boolean {
  if (name === '' || sectionIndex === SHN_UNDEF || binding === dt.STB_LOCAL) return false;
  if (visibility === dt.STV_INTERNAL || visibility === dt.STV_HIDDEN) return false;
  if (type === dt.STT_SECTION || type === dt.STT_FILE) return false;
  return value !== 0n || type === dt.STT_TLS || sectionIndex === SHN_ABS;
}

function isBoundToItself(module: ProcessModule, symbol: DynamicSymbol): boolean {
  if (symbol.sectionIndex === SHN_UNDEF) return false;
  return symbol.binding === dt.STB_LOCAL || symbol.visibility !== 0 || (module.dynamic?.isSymbolic ?? false);
}
