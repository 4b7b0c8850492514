import { type ElfFile, PT_DYNAMIC, UnwindError } from '../../engine/index.ts';
import type { Segment } from './image.ts';
import { bytesAt, viewOf } from './pages.ts';
import { relocationsOf, typeName } from './relocation/index.ts';

// System V gABI, chapter 5, "Dynamic Section".
const DT_NULL = 0n;
const DT_PLTRELSZ = 2n;
const DT_SYMTAB = 6n;
const DT_STRTAB = 5n;
const DT_RELA = 7n;
const DT_RELASZ = 8n;
const DT_JMPREL = 23n;
const DT_RELRSZ = 35n;
const DT_RELR = 36n;

const relaSize = 24;
const symbolSize = 24;
const SHN_UNDEF = 0;
const STB_WEAK = 2;

/** The loaded file while its dynamic relocations are applied. */
interface Loading {
  readonly elf: ElfFile;
  readonly segments: readonly Segment[];
  readonly loadBias: bigint;
  readonly dynamic: ReadonlyMap<bigint, bigint>;
}

/**
 * Applies the relocations a linked file leaves to the dynamic loader (`DT_RELA`, `DT_JMPREL`, `DT_RELR`), found
 * through `PT_DYNAMIC`, to its mapped segments. Undefined weak symbols are 0. IRELATIVE relocations are left alone: their value
 * comes from running the program, and a static program applies them itself when it starts.
 * Throws `UnwindError`: `missing` where a symbol is not defined in the file, `unsupported` for other types.
 */
export function applyDynamicRelocations(elf: ElfFile, segments: readonly Segment[], loadBias: bigint): void {
  const header = elf.segments.find((segment) => segment.type === PT_DYNAMIC);
  if (header === undefined) return;
  const table = readMapped(segments, header.address + loadBias, header.memorySize, 'the dynamic section');
  const dynamic = new Map<bigint, bigint>();
  for (let offset = 0; offset + 16 <= table.byteLength; offset += 16) {
    const tag = table.getBigUint64(offset, true);
    if (tag === DT_NULL) break;
    dynamic.set(tag, table.getBigUint64(offset + 8, true));
  }
  const loading: Loading = { elf, segments, loadBias, dynamic };
  applyTable(loading, DT_RELA, DT_RELASZ);
  applyTable(loading, DT_JMPREL, DT_PLTRELSZ);
  applyRelative(loading);
}

function applyTable(loading: Loading, tableTag: bigint, sizeTag: bigint): void {
  const size = tableSize(loading, sizeTag);
  if (size === 0) return;
  const { segments, loadBias } = loading;
  const table = readMapped(segments, (loading.dynamic.get(tableTag) ?? 0n) + loadBias, size, 'the relocation table');
  const types = relocationsOf(loading.elf.architecture).dynamic;
  for (let offset = 0; offset + relaSize <= size; offset += relaSize) {
    const address = table.getBigUint64(offset, true);
    const type = table.getUint32(offset + 8, true);
    const symbolIndex = table.getUint32(offset + 12, true);
    const addend = table.getBigInt64(offset + 16, true);
    if (type === types.none || type === types.irelative) continue;
    const field = readMapped(segments, address + loadBias, 8, 'a relocated field');
    if (type === types.relative) {
      field.setBigUint64(0, BigInt.asUintN(64, loadBias + addend), true);
    } else if (types.symbolic.includes(type)) {
      field.setBigUint64(0, BigInt.asUintN(64, symbolAddress(loading, symbolIndex) + addend), true);
    } else {
      const name = typeName(relocationsOf(loading.elf.architecture), type);
      throw new UnwindError('unsupported', '.rela.dyn', offset, `${name} is not a relocation the loader applies`);
    }
  }
}

function symbolAddress(loading: Loading, index: number): bigint {
  if (index === 0) return 0n;
  const { segments, loadBias, dynamic } = loading;
  const address = (dynamic.get(DT_SYMTAB) ?? 0n) + BigInt(index * symbolSize) + loadBias;
  const symbol = readMapped(segments, address, symbolSize, `dynamic symbol ${index}`);
  if (symbol.getUint16(6, true) !== SHN_UNDEF) return symbol.getBigUint64(8, true) + loadBias;
  if (symbol.getUint8(4) >> 4 === STB_WEAK) return 0n;
  const name = readName(loading, symbol.getUint32(0, true));
  throw new UnwindError(
    'missing',
    '.dynsym',
    index * symbolSize,
    `symbol '${name}' must be defined in the file itself: shared libraries are not loaded ` +
      '(link with -nostdlib -static, or give the object file)',
  );
}

function readName({ segments, loadBias, dynamic }: Loading, offset: number): string {
  let address = (dynamic.get(DT_STRTAB) ?? 0n) + BigInt(offset) + loadBias;
  let name = '';
  for (; name.length < 256; address++) {
    const code = bytesAt(segments, address, 1)?.[0] ?? 0;
    if (code === 0) break;
    name += String.fromCharCode(code);
  }
  return name;
}

/** `DT_RELR`: an even entry is an address, an odd one a bitmap of the 63 words behind the last place (gABI). */
function applyRelative(loading: Loading): void {
  const size = tableSize(loading, DT_RELRSZ);
  if (size === 0) return;
  const { segments, loadBias, dynamic } = loading;
  const table = readMapped(segments, (dynamic.get(DT_RELR) ?? 0n) + loadBias, size, 'the relative relocation table');
  const relocate = (address: bigint): void => {
    const field = readMapped(segments, address + loadBias, 8, 'a relocated field');
    field.setBigUint64(0, BigInt.asUintN(64, field.getBigUint64(0, true) + loadBias), true);
  };
  let next = 0n;
  for (let offset = 0; offset + 8 <= size; offset += 8) {
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

function tableSize(loading: Loading, tag: bigint): number {
  const size = loading.dynamic.get(tag) ?? 0n;
  if (size > 0xffffffffn) throw new UnwindError('invalid', '.dynamic', -1, `a table of ${size} bytes cannot be mapped`);
  return Number(size);
}

function readMapped(segments: readonly Segment[], address: bigint, length: number, what: string): DataView {
  const bytes = bytesAt(segments, BigInt.asUintN(64, address), length);
  if (bytes === undefined) {
    const place = `0x${BigInt.asUintN(64, address).toString(16)}`;
    throw new UnwindError(
      'invalid',
      '.dynamic',
      -1,
      `${what} at ${place} (${length} bytes) must lie in a loaded segment`,
    );
  }
  return viewOf(bytes);
}
