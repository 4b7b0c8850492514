import { SHN_UNDEF } from '../../../engine/index.ts';
import * as dt from '../dynamic/constants.ts';
import type { Segment } from '../image.ts';
import { pageCeiling } from '../pages.ts';
import type { ProcessModule } from './process-module.ts';
import type { SymbolScope } from './symbol-scope.ts';

/** What the files of a process refer to and nobody defines; weak symbols may be missing. */
export interface MissingSymbols {
  readonly functions: readonly string[];
  readonly objects: readonly string[];
}

/** Bytes that stand for an object nobody defines; no reference tells how many it has. */
const objectSize = 0x400;

export function missingSymbols(modules: readonly ProcessModule[], scope: SymbolScope): MissingSymbols {
  const functions = new Set<string>();
  const objects = new Set<string>();
  for (const module of modules) {
    for (const symbol of module.symbols?.all() ?? []) {
      const { name, sectionIndex, binding, type } = symbol;
      if (name === '' || sectionIndex !== SHN_UNDEF || binding === dt.STB_WEAK || type === dt.STT_TLS) continue;
      if (scope.resolve(module, symbol) !== undefined) continue;
      (type === dt.STT_OBJECT ? objects : functions).add(name);
    }
  }
  return { functions: [...functions].sort(), objects: [...objects].sort() };
}

/** Zeroed memory for objects nobody defines, from `base` on. */
export function objectStubs(
  names: readonly string[],
  base: bigint,
): { readonly segments: readonly Segment[]; addressOf(name: string): bigint | undefined } {
  const size = Number(pageCeiling(BigInt(names.length * objectSize)));
  const bytes = new Uint8Array(new SharedArrayBuffer(size));
  return {
    segments: size === 0 ? [] : [{ address: base, bytes, readable: true, writable: true, executable: false }],
    addressOf(name) {
      const index = names.indexOf(name);
      return index < 0 ? undefined : base + BigInt(index * objectSize);
    },
  };
}
