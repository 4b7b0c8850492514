import {
  buildFunctionTable,
  codeBytes,
  type Encoding,
  HeaderRowSource,
  ListRowSource,
  type Module,
  openElfModule,
  type RowSource,
  UnwindError,
} from '../../engine/index.ts';
import type { LoadedModule } from '../loader/image.ts';
import type { EncodingCoverage } from '../record/index.ts';
import { encodedProblem } from './encoded-shape.ts';
import { coverageOf } from './encoding-coverage.ts';

export interface OpenedModule {
  readonly module: Module;
  readonly coverage: EncodingCoverage;
}

/** Encodings describe what is less than so many bytes away from their sections. */
const reach = 2n ** 31n;
const SHF_EXECINSTR = 4;

/** Whether a loaded file has an `.eh_frame` that all of its code is near enough to for the encodings' distances of 32 bits. */
export function isEncodable({ elf }: LoadedModule): boolean {
  const frames = elf.section('.eh_frame');
  if (frames === undefined) return false;
  const end = frames.address + BigInt(frames.size);
  return elf.sections.every(({ flags, address, size }) => {
    if ((flags & SHF_EXECINSTR) === 0) return true;
    return address + BigInt(size) - frames.address < reach && end - address < reach;
  });
}

/** Sections that are made lie at multiples of this. */
const alignment = 16n;

/**
 * Encodes the `.eh_frame` of a loaded file and opens the result at the same address, in place of that section. Throws
 * `UnwindError` where the section is unusable, too far from the functions it describes for the encoding, or
 * what was made of it cannot be opened.
 */
export function encodeModule(encoding: Encoding, loaded: LoadedModule): OpenedModule {
  const { name, elf, loadBias, sectionAddress } = loaded;
  const hasHeader = elf.section('.eh_frame_hdr') !== undefined;
  const placement = { name, loadBias, sectionAddress };
  const module = openElfModule(elf, { ...placement, lookup: hasHeader ? 'header' : 'list' });
  const { source } = module;
  if (!(source instanceof HeaderRowSource || source instanceof ListRowSource)) {
    throw new TypeError(`expected ${name} to be read from call frame information`);
  }
  const frames = source.sections.find(({ kind }) => kind === '.eh_frame');
  if (frames === undefined) throw new UnwindError('missing', '.eh_frame', -1, 'expected the file to have this section');
  const functions = buildFunctionTable(frames, { source, code: codeBytes(elf, { loadBias, sectionAddress }) });
  const address = frames.section.address & -alignment;
  const encoded = encoding.encode({ functions, frames, address });
  const problem = encodedProblem(encoded, functions.count, address);
  if (problem !== undefined) throw new TypeError(`the encoding ${encoding.name} ${problem}`);
  const opened = encoding.open(encoded.sections, elf.architecture);
  const others = source.sections.filter((section) => section !== frames);
  const all = others.length === 0 ? opened : oneAfterTheOther([opened, new ListRowSource(others)]);
  return { module: module.withSource(all), coverage: coverageOf(encoded) };
}

function oneAfterTheOther(sources: readonly RowSource[]): RowSource {
  return { lookup: (pcLo, pcHi, row) => sources.some((source) => source.lookup(pcLo, pcHi, row)) };
}
