import { basename } from 'node:path';
import { PT_LOAD, SHF_ALLOC } from '../../engine/index.ts';
import type { LoadedImage, LoadedModule } from './image.ts';

/** The file an address of a program lies in; undefined where it lies in none. */
export function moduleAt({ modules }: LoadedImage, address: bigint): LoadedModule | undefined {
  return modules.find((module) => isIn(module, address));
}

/** How reports call a file: by its name, without its folder. */
export function moduleLabel({ name }: LoadedModule): string {
  return basename(name);
}

function isIn({ elf, loadBias, sectionAddress }: LoadedModule, address: bigint): boolean {
  const isWithin = (start: bigint, size: number): boolean => {
    const offset = BigInt.asUintN(64, address - start);
    return offset < BigInt(size);
  };
  if (elf.segments.some((one) => one.type === PT_LOAD && isWithin(one.address + loadBias, one.memorySize))) return true;
  // A linked object file has no segments.
  return elf.sections.some(
    ({ flags, size, index }) => (flags & SHF_ALLOC) !== 0 && isWithin(sectionAddress[index] ?? 0n, size),
  );
}
