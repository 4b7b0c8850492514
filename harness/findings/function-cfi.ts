import { Fde as EngineFde } from '../../engine/dwarf/fde.ts';
import { findFrameSection } from '../../engine/elf/frame-sections.ts';
import { type Architecture, FrameSection, type FrameSectionKind, fdes, UnwindError } from '../../engine/index.ts';
import type { Fde, PlacedDirective } from '../../generators/cfi/index.ts';
import type { LoadedImage, LoadedModule } from '../loader/image.ts';
import { readDirectives } from './read-directives.ts';

/** The call frame information of one function as its FDE has it, in a program's memory. */
export interface FunctionCfi {
  /** Number of the module in the image. */
  readonly module: number;
  readonly section: FrameSectionKind;
  /** Of the FDE in its section. */
  readonly offset: number;
  /** Addresses in the program: the first it covers, and the first behind it. */
  readonly start: bigint;
  readonly end: bigint;
  /** What it says; undefined where that cannot be said in directives, as `problem` tells. */
  readonly fde: Fde | undefined;
  readonly problem?: string;
}

const kinds: readonly FrameSectionKind[] = ['.eh_frame', '.debug_frame'];

/** Finds the call frame information of functions of an image; sections are read when first needed. */
export class FunctionsCfi {
  readonly #image: LoadedImage;
  /** By module, of each section what its FDEs cover, sorted. */
  readonly #modules = new Map<number, readonly (readonly Covered[])[]>();
  readonly #functions = new Map<string, FunctionCfi>();

  constructor(image: LoadedImage) {
    this.#image = image;
  }

  /** What covers an address: the FDE of `.eh_frame` before that of `.debug_frame`; undefined where nothing does. */
  at(address: bigint): FunctionCfi | undefined {
    for (let module = 0; module < this.#image.modules.length; module++) {
      for (const covered of this.#covered(module)) {
        const found = lastFrom(covered, address);
        if (found !== undefined && address < found.end) return this.#read(module, found);
      }
    }
    return undefined;
  }

  #covered(module: number): readonly (readonly Covered[])[] {
    let covered = this.#modules.get(module);
    if (covered === undefined) {
      covered = sectionsOf(this.#image.modules[module]!).map((section) =>
        Array.from(fdes(section), ({ start, end, offset }) => ({ section, start, end, offset })).sort((a, b) =>
          a.start < b.start ? -1 : a.start > b.start ? 1 : 0,
        ),
      );
      this.#modules.set(module, covered);
    }
    return covered;
  }

  #read(module: number, { section, start, end, offset }: Covered): FunctionCfi {
    const key = `${module} ${section.kind} ${offset}`;
    let read = this.#functions.get(key);
    if (read === undefined) {
      const place = { module, section: section.kind, offset, start, end };
      try {
        read = { ...place, fde: readFunction(section, offset, start, end) };
      } catch (error) {
        if (!(error instanceof UnwindError)) throw error;
        read = { ...place, fde: undefined, problem: error.message };
      }
      this.#functions.set(key, read);
    }
    return read;
  }
}

interface Covered {
  readonly section: FrameSection;
  readonly start: bigint;
  readonly end: bigint;
  readonly offset: number;
}

/** The last of a sorted list that begins at an address or before it. */
function lastFrom(covered: readonly Covered[], address: bigint): Covered | undefined {
  let low = 0;
  let high = covered.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (covered[middle]!.start <= address) low = middle + 1;
    else high = middle;
  }
  return covered[low - 1];
}

function sectionsOf(module: LoadedModule): FrameSection[] {
  const { elf, loadBias, sectionAddress } = module;
  const placed = (name: string): bigint | undefined => {
    const section = elf.section(name);
    if (section === undefined) return undefined;
    return sectionAddress[section.index] ?? BigInt.asUintN(64, section.address + loadBias);
  };
  const textBase = placed('.text');
  const dataBase = placed('.got.plt') ?? placed('.got');
  return kinds.flatMap((kind) => {
    try {
      const section = findFrameSection(elf, kind, { loadBias, sectionAddress });
      if (section === undefined) return [];
      const bases = { ...(textBase !== undefined && { textBase }), ...(dataBase !== undefined && { dataBase }) };
      return [new FrameSection({ kind, section, architecture: elf.architecture, loadBias, ...bases })];
    } catch (error) {
      // Whoever opened the module has said so.
      if (error instanceof UnwindError) return [];
      throw error;
    }
  });
}

function readFunction(section: FrameSection, offset: number, start: bigint, end: bigint): Fde {
  const fde = new EngineFde();
  section.readFde(offset, fde);
  const cie = fde.cie!;
  const { columnToDwarf } = section.architecture;
  const initial = readDirectives(section, cie, cie.instructionsStart, cie.instructionsEnd);
  const own = readDirectives(section, cie, fde.instructionsStart, fde.instructionsEnd);
  const ownStart = startOfOwn(initial, own, section.architecture);
  return {
    start,
    size: Number(end - start),
    cie: {
      codeAlignment: cie.codeAlignment,
      dataAlignment: cie.dataAlignmentLo + 2 ** 32 * (cie.dataAlignmentHi | 0),
      returnColumn: columnToDwarf[cie.returnColumn]!,
      signalFrame: cie.signalFrame,
      bKey: cie.bKey,
      initial: initial.slice(0, ownStart).map(({ directive }) => directive),
    },
    directives: [...initial.slice(ownStart), ...own],
  };
}

/**
 * GNU as puts the directives in front of a function's first instruction into its CIE: where those begin. All belong to the
 * CIE where the function goes back to one of their rules.
 */
function startOfOwn(
  initial: readonly PlacedDirective[],
  own: readonly PlacedDirective[],
  { link }: Architecture,
): number {
  const usual = link < 0 ? 2 : 1;
  const isUsual = initial[0]?.directive.kind === 'defCfa' && (usual === 1 || initial[1]?.directive.kind === 'offset');
  if (!isUsual) return initial.length;
  const restored = own.flatMap(({ directive }) =>
    (directive.kind.startsWith('restoreE') || directive.kind === 'restore') && 'register' in directive
      ? [directive.register]
      : [],
  );
  const isRestored = initial
    .slice(usual)
    .some(({ directive }) => 'register' in directive && restored.includes(directive.register));
  return isRestored ? initial.length : usual;
}
