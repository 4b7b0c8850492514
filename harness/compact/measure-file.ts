import {
  type ArchitectureName,
  buildFunctionTable,
  type ElfFile,
  type Encoding,
  ET_REL,
  readElf,
  UnwindError,
} from '../../engine/index.ts';
import type { CompactEncoding, CompactFile } from '../record/compact.ts';
import { isArchive, readArchive } from './archive.ts';
import { mostExamples } from './check-rows.ts';
import { openCompactModule } from './compact-module.ts';
import { measureEncoding } from './measure-encoding.ts';
import { addCounts } from './sum-counts.ts';

export interface MeasureOptions {
  /** As records name the file. */
  readonly file: string;
  readonly bytes: Uint8Array;
  /** Which encodings, of those for such a file and its architecture. */
  readonly choose: (kind: CompactFile['kind'], architecture: ArchitectureName) => readonly Encoding[];
  /** Called from time to time with what is being done and how much of it is done. */
  readonly onProgress?: (doing: string, done: number, of: number) => void;
}

interface Part {
  /** Of an archive: the object's name. */
  readonly member: string | undefined;
  readonly elf: ElfFile;
}

const elfMagic = [0x7f, 0x45, 0x4c, 0x46];

/**
 * Encodes and checks a file with every encoding for it. Throws `UnwindError` where the file is none that can be encoded, or
 * an encoding fails.
 */
export function measureFile({ file, bytes, choose, onProgress }: MeasureOptions): CompactFile {
  const parts = partsOf(bytes);
  const first = parts[0];
  if (first === undefined) throw new UnwindError('missing', file, -1, 'expected an archive of ELF objects');
  const kind = isArchive(bytes) ? 'archive' : first.elf.type === ET_REL ? 'object' : 'linked';
  const architecture = first.elf.architecture.name;
  const encodings = choose(kind, architecture);
  const original: Record<string, number> = {};
  const sums: Record<string, CompactEncoding> = {};
  let members = 0;
  parts.forEach(({ member, elf }, number) => {
    if (elf.architecture.name !== architecture) {
      throw new UnwindError(
        'unsupported',
        file,
        -1,
        `expected objects of one architecture, found ${member} of another`,
      );
    }
    const module = openCompactModule(elf);
    if (module === undefined) return;
    members++;
    addCounts(original, module.original);
    const { frames, source, code } = module;
    const functions = buildFunctionTable(frames, { source, code });
    for (const encoding of encodings) {
      const { name } = encoding;
      const progress = kind === 'archive' ? undefined : (done: number) => onProgress?.(name, done, functions.count);
      const measured = withMember(measureEncoding(encoding, module, functions, progress), member);
      sums[name] = sums[name] === undefined ? measured : added(sums[name], measured);
    }
    if (kind === 'archive') onProgress?.('objects', number + 1, parts.length);
  });
  if (members === 0) throw new UnwindError('missing', '.eh_frame', -1, 'expected the file to have this section');
  return { file, kind, architecture, members, original, encodings: sums };
}

function partsOf(bytes: Uint8Array): Part[] {
  if (!isArchive(bytes)) return [{ member: undefined, elf: readElf(bytes) }];
  return readArchive(bytes)
    .filter((member) => elfMagic.every((byte, i) => member.bytes[i] === byte))
    .map(({ name, bytes: content }) => ({ member: name, elf: readElf(content) }));
}

function withMember(measured: CompactEncoding, member: string | undefined): CompactEncoding {
  if (member === undefined) return measured;
  return { ...measured, examples: measured.examples.map((example) => ({ member, ...example })) };
}

function added(sum: CompactEncoding, one: CompactEncoding): CompactEncoding {
  const number = (key: NumberKey) => sum[key] + one[key];
  const records = (key: 'fallback' | 'bytes') => addCounts({ ...sum[key] }, one[key]);
  const lsda = sum.lsda !== undefined && one.lsda !== undefined && addCounts({ ...sum.lsda }, one.lsda);
  return {
    functions: number('functions'),
    strict: number('strict'),
    valueEqual: number('valueEqual'),
    popped: number('popped'),
    pushed: number('pushed'),
    fallback: records('fallback'),
    inexact: number('inexact'),
    examples: [...sum.examples, ...one.examples].slice(0, mostExamples),
    descriptors: number('descriptors'),
    compared: number('compared'),
    beyond: number('beyond'),
    ...(lsda && { lsda }),
    bytes: records('bytes'),
    totalBytes: number('totalBytes'),
    originalBytes: number('originalBytes'),
  };
}

type NumberKey = {
  [Key in keyof CompactEncoding]-?: CompactEncoding[Key] extends number ? Key : never;
}[keyof CompactEncoding];
