import { type ElfFile, PF_R, PF_W, PF_X, PT_LOAD, SHF_ALLOC, UnwindError } from '../../engine/index.ts';
import { relocateAlone } from './dynamic/relocate-alone.ts';
import type { LoadedImage, LoadedModule } from './image.ts';
import { mapRegions, memoryLimit, type Region } from './pages.ts';

/**
 * Loads an `ET_EXEC` or `ET_DYN` file alone: maps its `PT_LOAD` segments and applies its dynamic relocations, as far as it
 * does not relocate itself.
 */
export function loadExecutable(
  elf: ElfFile,
  file: Uint8Array,
  name: string,
  loadBias: bigint,
  relocatesItself: boolean,
): LoadedImage {
  const image = mapExecutable(elf, file, name, loadBias);
  for (const module of image.modules) relocateAlone(module, image.segments, relocatesItself);
  return image;
}

/** Maps the `PT_LOAD` segments of an `ET_EXEC` or `ET_DYN` file, nothing relocated. */
export function mapExecutable(elf: ElfFile, file: Uint8Array, name: string, loadBias: bigint): LoadedImage {
  const regions: Region[] = [];
  for (const segment of elf.segments) {
    if (segment.type !== PT_LOAD) continue;
    const { offset, address, fileSize, memorySize, flags } = segment;
    if (memorySize > memoryLimit) {
      const place = `the PT_LOAD segment at 0x${address.toString(16)}`;
      throw new UnwindError(
        'invalid',
        name,
        offset,
        `${place} must need at most ${memoryLimit} bytes, not ${memorySize}`,
      );
    }
    regions.push({
      address: BigInt.asUintN(64, address + loadBias),
      size: memorySize,
      bytes: file.subarray(offset, offset + fileSize),
      readable: (flags & PF_R) !== 0,
      writable: (flags & PF_W) !== 0,
      executable: (flags & PF_X) !== 0,
    });
  }
  if (regions.length === 0) {
    throw new UnwindError('missing', name, -1, 'an executable must have at least one PT_LOAD segment');
  }
  const segments = mapRegions(regions, name);
  const sectionAddress = elf.sections.map((section) =>
    (section.flags & SHF_ALLOC) !== 0 ? BigInt.asUintN(64, section.address + loadBias) : 0n,
  );
  const module: LoadedModule = { name, elf, loadBias, sectionAddress };
  return { architecture: elf.architecture, modules: [module], segments };
}
