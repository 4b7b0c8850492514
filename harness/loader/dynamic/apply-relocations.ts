import { UnwindError } from '../../../engine/index.ts';
import type { LoadedModule } from '../image.ts';
import { type DynamicTypes, relocationsOf, typeName } from '../relocation/index.ts';
import * as dt from './constants.ts';
import type { DynamicSection } from './dynamic-section.ts';

const relaSize = 24;

/** What a symbol reference of a file is bound to. */
export interface BoundSymbol {
  /** In the program's memory; 0n where it is weak and nobody defines it. For thread-local ones, the offset in the storage. */
  readonly address: bigint;
  readonly size: bigint;
  /** `STT_GNU_IFUNC`: `address` is that of the function which tells the address. */
  readonly isIndirect: boolean;
  /** Thread-local storage of the module that defines it; undefined where it has none. */
  readonly storage: ThreadStorage | undefined;
}

/** Where a module's thread-local storage is. */
export interface ThreadStorage {
  /** The module's number, from 1. */
  readonly number: number;
  /** Distance of its first byte from the thread pointer; negative on x86-64. */
  readonly offset: bigint;
}

/** How the references of one file are bound, and who does what has to wait for all files. */
export interface Binding {
  /** Index 0 is the file itself. */
  symbol(index: number): BoundSymbol;
  /** Where a COPY relocation's bytes come from: the definition in another file. */
  original(index: number): BoundSymbol;
  /** The field of 8 bytes gets what the function at `resolver` returns, plus `addend`. Without it, nothing is done. */
  indirect?(field: DataView, resolver: bigint, addend: bigint): void;
  copy?(field: DataView, from: bigint): void;
  /** Code a TLS descriptor's argument is given to, which returns it. */
  readonly descriptorResolver?: bigint;
}

/**
 * Applies the relocations a linked file leaves to the dynamic loader (`DT_RELR`, `DT_RELA`, `DT_JMPREL`) to its mapped
 * segments; every place of the procedure linkage table is bound at once.
 * Throws `UnwindError`: `invalid` where a field or table is not mapped, `unsupported` for types no linker leaves.
 */
export function applyRelocations(module: LoadedModule, dynamic: DynamicSection, binding: Binding): void {
  applyRelative(module, dynamic);
  applyTables(module, dynamic, binding);
}

/** As `applyRelocations`, without `DT_RELR`. */
export function applyTables(module: LoadedModule, dynamic: DynamicSection, binding: Binding): void {
  applyTable(module, dynamic, binding, dt.DT_RELA, dt.DT_RELASZ);
  applyTable(module, dynamic, binding, dt.DT_JMPREL, dt.DT_PLTRELSZ);
}

function applyTable(
  { elf, loadBias }: LoadedModule,
  dynamic: DynamicSection,
  binding: Binding,
  tableTag: bigint,
  sizeTag: bigint,
): void {
  const table = dynamic.table(tableTag, sizeTag, 'the relocation table');
  if (table === undefined) return;
  const types = relocationsOf(elf.architecture).dynamic;
  for (let offset = 0; offset + relaSize <= table.byteLength; offset += relaSize) {
    const address = table.getBigUint64(offset, true);
    const type = table.getUint32(offset + 8, true);
    const symbolIndex = table.getUint32(offset + 12, true);
    const addend = table.getBigInt64(offset + 16, true);
    const field = (size = 8) => dynamic.view(address, size, 'a relocated field');
    const write = (value: bigint) => field().setBigUint64(0, BigInt.asUintN(64, value), true);
    if (type === types.none) continue;
    if (type === types.relative) write(loadBias + addend);
    else if (types.symbolic.includes(type)) {
      const symbol = binding.symbol(symbolIndex);
      if (symbol.isIndirect) binding.indirect?.(field(), symbol.address, addend);
      else write(symbol.address + addend);
    } else if (type === types.irelative) {
      binding.indirect?.(field(), BigInt.asUintN(64, loadBias + addend), 0n);
    } else if (!applyRare({ type, symbolIndex, addend, field, write }, types, binding)) {
      const name = typeName(relocationsOf(elf.architecture), type);
      throw new UnwindError('unsupported', '.rela.dyn', offset, `${name} is not a relocation the loader applies`);
    }
  }
}

interface RareRelocation {
  readonly type: number;
  readonly symbolIndex: number;
  readonly addend: bigint;
  field(size: number): DataView;
  write(value: bigint): void;
}

/** Copies, and what has to do with thread-local storage; false for any other type. */
function applyRare(relocation: RareRelocation, types: DynamicTypes, binding: Binding): boolean {
  const { type, symbolIndex, addend, field, write } = relocation;
  if (type === types.copy && binding.copy !== undefined) {
    const { address, size } = binding.original(symbolIndex);
    if (size > 0xffff_ffffn) throw new UnwindError('invalid', '.dynsym', symbolIndex, `${size} bytes cannot be copied`);
    if (address !== 0n) binding.copy(field(Number(size)), address);
    return true;
  }
  if (binding.descriptorResolver === undefined) return false;
  const { address, storage } = binding.symbol(symbolIndex);
  // A weak thread-local symbol nobody defines: nothing may use what is written.
  const threadOffset = (storage?.offset ?? 0n) + address + addend;
  if (type === types.moduleNumber) write(BigInt(storage?.number ?? 0));
  else if (type === types.moduleOffset) write(address + addend);
  else if (type === types.threadOffset) write(threadOffset);
  else if (type === types.descriptor) {
    const pair = field(16);
    pair.setBigUint64(0, binding.descriptorResolver, true);
    pair.setBigUint64(8, BigInt.asUintN(64, threadOffset), true);
  } else return false;
  return true;
}

/**
 * `DT_RELR`, which adds the load bias to fields: an even entry is an address, an odd one a bitmap of the 63 words behind
 * the last place (gABI). Throws as `applyRelocations`.
 */
export function applyRelative({ loadBias }: LoadedModule, dynamic: DynamicSection): void {
  const table = dynamic.table(dt.DT_RELR, dt.DT_RELRSZ, 'the relative relocation table');
  if (table === undefined) return;
  const relocate = (address: bigint): void => {
    const field = dynamic.view(address, 8, 'a relocated field');
    field.setBigUint64(0, BigInt.asUintN(64, field.getBigUint64(0, true) + loadBias), true);
  };
  let next = 0n;
  for (let offset = 0; offset + 8 <= table.byteLength; offset += 8) {
    const entry = table.getBigUint64(offset, true);
    if ((entry & 1n) === 0n) {
      relocate(entry);
      next = entry + 8n;
      continue;
    }
    for (let bit = 0n; bit < 63n; bit++) {
      if ((entry >> (bit + 1n)) & 1n) relocate(next + 8n * bit);
    }
    next += 63n * 8n;
  }
}
