import type { ElfFile } from '../../../engine/index.ts';
import { PT_TLS } from '../dynamic/constants.ts';
import { DynamicSection } from '../dynamic/dynamic-section.ts';
import { DynamicSymbols } from '../dynamic/dynamic-symbols.ts';
import type { LoadedImage, LoadedModule } from '../image.ts';
import { mapExecutable } from '../load-executable.ts';
import type { LibraryFile } from './find-library.ts';

/** A file of a process: mapped, with what the dynamic linker reads of it. */
export interface ProcessModule {
  readonly path: string;
  readonly elf: ElfFile;
  readonly image: LoadedImage;
  readonly loaded: LoadedModule;
  /** Undefined where it has none: it depends on nothing and defines nothing for others. */
  readonly dynamic: DynamicSection | undefined;
  readonly symbols: DynamicSymbols | undefined;
  /** Bytes and alignment of its thread-local storage, and where in memory its initial content is. */
  readonly storage:
    | { readonly address: bigint; readonly fileSize: number; readonly size: number; readonly alignment: number }
    | undefined;
  /** What it depends on directly, in order, as far as it was found. */
  readonly needs: ProcessModule[];
}

/** Maps a file at a load bias. Throws `UnwindError` where it cannot be mapped or its dynamic section is not mapped. */
export function mapModule({ path, bytes, elf }: LibraryFile, loadBias: bigint): ProcessModule {
  const image = mapExecutable(elf, bytes, path, loadBias);
  const loaded = image.modules[0]!;
  const dynamic = DynamicSection.of(elf, image.segments, loadBias, path);
  const header = elf.segments.find(({ type }) => type === PT_TLS);
  return {
    path,
    elf,
    image,
    loaded,
    dynamic,
    symbols: dynamic === undefined ? undefined : new DynamicSymbols(elf, dynamic),
    storage:
      header === undefined || header.memorySize === 0
        ? undefined
        : {
            address: BigInt.asUintN(64, header.address + loadBias),
            fileSize: header.fileSize,
            size: header.memorySize,
            alignment: Math.max(1, header.alignment),
          },
    needs: [],
  };
}
