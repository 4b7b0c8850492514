import { type AssembledFunction, assemble, type CodeFunction, textSize } from '../assembly/index.ts';
import type { Fde, ProgramFrames } from '../cfi/index.ts';
import { type ElfSection, type ElfSymbol, pageSize, writeElf } from '../elf/index.ts';
import { type DataBlock, dataBytes, type PlacedData, placeData } from './data-block.ts';
import { collectFdes } from './fdes.ts';
import type { LinkOptions } from './options.ts';
import { writeUnwindSections } from './unwind-sections.ts';

/** A linked program. All addresses are those at run time, with the load bias. */
export interface LinkedProgram {
  /** The ELF file. */
  readonly image: Uint8Array;
  /** Functions, labels in functions, and data blocks. */
  readonly labels: ReadonlyMap<string, bigint>;
  readonly functions: readonly AssembledFunction[];
  /** Start of every instruction, ascending. */
  readonly instructions: readonly bigint[];
  readonly paddingBytes: number;
  readonly loadBias: bigint;
  /** Start of each loaded section, by name. */
  readonly sections: ReadonlyMap<string, bigint>;
  readonly frames: ProgramFrames;
}

/**
 * Assembles functions, writes their CFI and puts all into an ELF file: `.text`, `.rodata`, `.data`, `.got` (where a
 * pointer encoding needs one), `.eh_frame_hdr`, `.eh_frame` and `.debug_frame`.
 */
export function linkProgram(functions: readonly CodeFunction[], options: LinkOptions): LinkedProgram {
  const { architecture, textAddress = 0x401000n, loadBias = 0n, data = [] } = options;
  if (textAddress % BigInt(pageSize) !== 0n) throw new Error('the text does not begin with a page');
  const constants = placeData(data.filter(({ writable }) => !writable));
  const variables = placeData(data.filter(({ writable }) => writable));
  const constantsAddress = nextPage(options.dataAddress ?? textAddress + BigInt(textSize(functions)));
  const variablesAddress = nextPage(constantsAddress + BigInt(constants.size));
  const gotAddress = ((options.unwindAddress ?? variablesAddress + BigInt(variables.size)) + 15n) & ~15n;

  const outside = new Map<string, bigint>();
  addLabels(outside, constants, constantsAddress + loadBias);
  addLabels(outside, variables, variablesAddress + loadBias);
  const assembly = assemble(functions, { architecture, textAddress: wrap(textAddress + loadBias), outside });
  const { labels } = assembly;
  const inFile = (address: bigint) => wrap(address - loadBias);
  const addressOf = (label: string) => inFile(lookUp(labels, label));

  const fdes = collectFdes(assembly.functions, options, labels);
  const section = (name: string, address: bigint, bytes: Uint8Array, access: ElfSection['access']): ElfSection[] =>
    bytes.length === 0 ? [] : [{ name, address, bytes, access, alignment: 16 }];
  const sectionsWith = (frames: readonly Fde[]): ElfSection[] =>
    [
      ...section('.text', textAddress, assembly.text, 'rx'),
      ...section('.rodata', constantsAddress, dataBytes(constants, labels), 'r'),
      ...section('.data', variablesAddress, dataBytes(variables, labels), 'rw'),
      ...writeUnwindSections(
        frames.map((fde) => ({ ...fde, start: inFile(fde.start) })),
        { ...options, textAddress, gotAddress, loadBias, addressOf },
      ),
    ].sort(byAddress);
  const imageOf = (sections: readonly ElfSection[]) =>
    writeElf({
      architecture,
      type: options.type ?? 'executable',
      entry: addressOf(options.entry ?? functions[0]!.name),
      sections,
      symbols: symbols(assembly.functions, data, labels, options).map((symbol) => ({
        ...symbol,
        address: inFile(symbol.address),
      })),
    });
  const sections = sectionsWith(fdes);
  const loaded = sections.filter(({ access }) => access !== 'none');
  return {
    image: imageOf(sections),
    labels,
    functions: assembly.functions,
    instructions: assembly.instructions,
    paddingBytes: assembly.paddingBytes,
    loadBias,
    sections: new Map(loaded.map(({ name, address }) => [name, wrap(address + loadBias)])),
    frames: { fdes, imageWith: (others) => imageOf(sectionsWith(others)) },
  };
}

function symbols(
  functions: readonly AssembledFunction[],
  data: readonly DataBlock[],
  labels: ReadonlyMap<string, bigint>,
  { architecture }: LinkOptions,
): ElfSymbol[] {
  const mapping = { name: '$x', address: functions[0]?.start ?? 0n, size: 0, kind: 'mapping' } as const;
  return [
    ...(architecture === 'aarch64' ? [mapping] : []),
    ...functions.map(({ name, start, end }) => ({
      name,
      address: start,
      size: Number(end - start),
      kind: 'function' as const,
    })),
    ...data.map(({ label, bytes }) => ({
      name: label,
      address: lookUp(labels, label),
      size: bytes.length,
      kind: 'object' as const,
    })),
  ];
}

function addLabels(labels: Map<string, bigint>, { places }: PlacedData, address: bigint): void {
  for (const { block, offset } of places) {
    if (labels.has(block.label)) throw new Error(`label ${block.label} is defined twice`);
    labels.set(block.label, wrap(address + BigInt(offset)));
  }
}

function lookUp(labels: ReadonlyMap<string, bigint>, label: string): bigint {
  const address = labels.get(label);
  if (address === undefined) throw new Error(`label ${label} is not defined`);
  return address;
}

function nextPage(address: bigint): bigint {
  const page = BigInt(pageSize);
  return ((address + page - 1n) / page) * page;
}

/** Sections that are not loaded come last. */
function byAddress(a: ElfSection, b: ElfSection): number {
  if (a.access === 'none' || b.access === 'none') return Number(a.access === 'none') - Number(b.access === 'none');
  return a.address < b.address ? -1 : 1;
}

function wrap(address: bigint): bigint {
  return BigInt.asUintN(64, address);
}
