import { readElf, SHN_UNDEF, UnwindError } from '../../../engine/index.ts';
import { applyRelocations, type BoundSymbol } from '../dynamic/apply-relocations.ts';
import * as dt from '../dynamic/constants.ts';
import type { LoadedImage } from '../image.ts';
import { mergeImages } from '../merge-images.ts';
import { alignUp } from '../object-layout.ts';
import { bytesAt } from '../pages.ts';
import { exportedFunctions } from './exported-functions.ts';
import type { LibraryFile } from './find-library.ts';
import { initializersOf } from './initializers.ts';
import { dependenciesFirst, loadModules } from './load-modules.ts';
import type { IndirectField, LoadedProcess } from './loaded-process.ts';
import { missingSymbols, objectStubs } from './missing-symbols.ts';
import type { ProcessModule } from './process-module.ts';
import { makeStubModule } from './stub-module.ts';
import { SymbolScope } from './symbol-scope.ts';
import { layOutStorage } from './thread-storage.ts';

export interface ProcessOptions {
  /** Folders libraries are looked for in before the files' own. */
  readonly folders: readonly string[];
  /** Load bias of the main file. Default: 0 for `ET_EXEC`, otherwise 0x5555_5555_4000. */
  readonly loadBias?: bigint;
  /** Decides the guard values in the thread's storage. */
  readonly seed: string;
}

const spacing = 0x20_0000n;
const defaultBias = 0x5555_5555_4000n;
const ET_DYN = 3;
/** Missing names a note tells. */
const named = 8;

/**
 * Links a shared library or dynamic executable with everything it depends on, as ld.so would with `LD_BIND_NOW`; what is
 * missing is stubbed. Throws `UnwindError` naming the file's section, the offset and what was expected there.
 */
export function loadProcess(path: string, bytes: Uint8Array, options: ProcessOptions): LoadedProcess {
  const elf = readElf(bytes);
  const file: LibraryFile = { path, bytes, elf };
  const { modules, missing, end } = loadModules(
    file,
    options.loadBias ?? (elf.type === ET_DYN ? defaultBias : 0n),
    options.folders,
  );
  const scope = new SymbolScope(modules);
  const absent = missingSymbols(modules, scope);
  const stubs = makeStubModule(elf.architecture, absent.functions, end);
  const objects = objectStubs(absent.objects, behind(stubs.image, end));
  const storageBase = alignUp(behind(stubs.image, end) + BigInt(0x400 * absent.objects.length), spacing);
  const storage = layOutStorage(elf.architecture, modules, storageBase, options.seed);
  const data: LoadedImage = {
    architecture: elf.architecture,
    modules: [],
    segments: [...objects.segments, ...storage.segments],
  };
  const image = mergeImages(path, [modules[0]!.image, ...modules.slice(1).map((one) => one.image), stubs.image, data]);

  const bind = (module: ProcessModule, index: number, others: boolean): BoundSymbol => {
    if (index === 0) return { address: 0n, size: 0n, isIndirect: false, storage: storage.of(module) };
    const symbol = module.symbols!.at(index);
    const found = scope.resolve(module, symbol, others);
    if (found === undefined) {
      const stub = stubs.addressOf(symbol.name) ?? objects.addressOf(symbol.name);
      const address = symbol.binding === dt.STB_WEAK ? 0n : (stub ?? 0n);
      return { address, size: symbol.size, isIndirect: false, storage: undefined };
    }
    const { value, size, type } = found.symbol;
    const isLocal = type === dt.STT_TLS;
    return {
      address: isLocal ? value : BigInt.asUintN(64, value + found.module.loaded.loadBias),
      size,
      isIndirect: type === dt.STT_GNU_IFUNC,
      storage: isLocal ? storage.of(found.module) : undefined,
    };
  };
  const indirect: IndirectField[] = [];
  const copies: { readonly to: DataView; readonly from: bigint }[] = [];
  const ordered = dependenciesFirst(modules);
  for (const module of ordered) {
    if (module.dynamic === undefined) continue;
    applyRelocations(module.loaded, module.dynamic, {
      symbol: (index) => bind(module, index, false),
      original: (index) => bind(module, index, true),
      indirect: (field, resolver, addend) => indirect.push({ field, resolver, addend }),
      copy: (to, from) => copies.push({ to, from }),
      descriptorResolver: stubs.descriptorResolver,
    });
  }
  // What is copied must be relocated by then.
  for (const { to, from } of copies) copy(image, to, from);
  storage.initialise();
  return {
    image,
    threadPointer: storage.threadPointer,
    indirect,
    initializers: ordered.flatMap(initializersOf),
    notes: [
      ...missing.map(({ name, neededBy }) => `${name}, which ${neededBy} needs, was not found: it is stubbed`),
      ...note('functions nobody defines return 0', absent.functions),
      ...note('objects nobody defines are zero', absent.objects),
    ],
    symbol(name) {
      const found = scope.byName(name);
      if (found === undefined || found.symbol.sectionIndex === SHN_UNDEF) return undefined;
      const address = BigInt.asUintN(64, found.symbol.value + found.module.loaded.loadBias);
      return { address, size: found.symbol.size, isIndirect: found.symbol.type === dt.STT_GNU_IFUNC };
    },
    functions: exportedFunctions(modules[0]!),
  };
}

function behind(image: LoadedImage, least: bigint): bigint {
  const end = image.segments.reduce((most, { address, bytes }) => {
    const last = address + BigInt(bytes.byteLength);
    return last > most ? last : most;
  }, least);
  return alignUp(end + spacing, spacing);
}

function copy(image: LoadedImage, to: DataView, from: bigint): void {
  const source = bytesAt(image.segments, from, to.byteLength);
  if (source === undefined) {
    const place = `0x${from.toString(16)}`;
    throw new UnwindError('invalid', '.rela.dyn', -1, `expected ${to.byteLength} bytes to copy at ${place}`);
  }
  new Uint8Array(to.buffer, to.byteOffset, to.byteLength).set(source);
}

function note(what: string, names: readonly string[]): string[] {
  if (names.length === 0) return [];
  const shown = names.slice(0, named).join(', ');
  return [`${what}: ${shown}${names.length > named ? ` and ${names.length - named} more` : ''}`];
}
