import { SHN_LORESERVE, SHN_UNDEF } from '../../../engine/index.ts';
import * as dt from '../dynamic/constants.ts';
import type { DynamicSymbol } from '../dynamic/dynamic-symbols.ts';
import type { ExportedFunction } from './loaded-process.ts';
import type { ProcessModule } from './process-module.ts';

/**
 * The functions a file exports, each address once, by address. Of several names the one that is not hidden by its
 * version goes before, then the one that comes first in the alphabet.
 */
export function exportedFunctions({ symbols, loaded }: ProcessModule): ExportedFunction[] {
  const byAddress = new Map<bigint, DynamicSymbol>();
  for (const symbol of symbols?.all() ?? []) {
    if (!isFunction(symbol)) continue;
    const known = byAddress.get(symbol.value);
    if (known === undefined || isBetter(symbol, known)) byAddress.set(symbol.value, symbol);
  }
  return [...byAddress.values()]
    .sort((a, b) => (a.value < b.value ? -1 : 1))
    .map(({ name, value, size, type }) => ({
      name,
      address: BigInt.asUintN(64, value + loaded.loadBias),
      size,
      isIndirect: type === dt.STT_GNU_IFUNC,
    }));
}

function isFunction({ name, type, sectionIndex, binding }: DynamicSymbol): boolean {
  if (name === '' || sectionIndex === SHN_UNDEF || sectionIndex >= SHN_LORESERVE) return false;
  return binding !== dt.STB_LOCAL && (type === dt.STT_FUNC || type === dt.STT_GNU_IFUNC);
}

function isBetter(symbol: DynamicSymbol, known: DynamicSymbol): boolean {
  if (symbol.version.isHidden !== known.version.isHidden) return known.version.isHidden;
  return symbol.name < known.name;
}
