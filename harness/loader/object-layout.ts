import { type ElfFile, type ElfSection, SHF_ALLOC, SHF_EXECINSTR, SHF_WRITE, UnwindError } from '../../engine/index.ts';
import { memoryLimit, pageCeiling } from './pages.ts';

/** Where everything of an object file goes, addresses ascending. */
export interface ObjectLayout {
  /** By section index; 0n where the section takes no memory. */
  readonly sectionAddress: readonly bigint[];
  readonly got: bigint;
  readonly common: bigint;
}

const largestAlignment = 0x1_0000;

/**
 * Lays out the sections of an object file from `base` on as a static linker would: code, then read-only data and the
 * global offset table, then writable data and common symbols, each group on pages of its own.
 */
export function layOutObject(elf: ElfFile, base: bigint, gotSize: number): ObjectLayout {
  const sectionAddress = elf.sections.map(() => 0n);
  let next = base;
  const place = (sections: readonly ElfSection[]): void => {
    next = pageCeiling(next);
    for (const section of sections) {
      next = alignUp(next, BigInt(alignmentOf(section)));
      sectionAddress[section.index] = next;
      next += BigInt(section.size);
      if (next - base > memoryLimit) {
        throw new UnwindError('invalid', section.name, -1, `the sections must need at most ${memoryLimit} bytes`);
      }
    }
  };
  const allocated = elf.sections.filter((section) => (section.flags & SHF_ALLOC) !== 0);
  const writable = allocated.filter((section) => (section.flags & SHF_WRITE) !== 0);
  const executable = allocated.filter((section) => (section.flags & (SHF_WRITE | SHF_EXECINSTR)) === SHF_EXECINSTR);
  place(executable);
  place(allocated.filter((section) => !writable.includes(section) && !executable.includes(section)));
  const got = alignUp(next, 8n);
  next = got + BigInt(gotSize);
  place(writable);
  const common = alignUp(next, 16n);
  return { sectionAddress, got, common };
}

function alignmentOf(section: ElfSection): number {
  const alignment = section.alignment === 0 ? 1 : section.alignment;
  if (alignment > largestAlignment || (alignment & (alignment - 1)) !== 0) {
    const expectation = `the alignment must be a power of two up to ${largestAlignment}, not ${alignment}`;
    throw new UnwindError('invalid', section.name, -1, expectation);
  }
  return alignment;
}

export function alignUp(value: bigint, alignment: bigint): bigint {
  return ((value + alignment - 1n) / alignment) * alignment;
}
