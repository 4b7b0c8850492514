import { type ElfModuleOptions, type FrameSectionKind, type Module, openElfModule } from '../../engine/index.ts';
import type { LoadedImage, LoadedModule } from '../loader/image.ts';
import { type OpenSession, uncached } from './sessions.ts';
import type { Unwinder } from './unwinder.ts';

/** One of the ways the engine finds call frame information and goes through a stack. */
export interface EngineMode {
  readonly name: string;
  readonly description: string;
  readonly lookup: ElfModuleOptions['lookup'];
  /** The only section it uses; without it, every section the lookup knows. */
  readonly section?: FrameSectionKind;
  /** How it goes through stacks; without it, every row is searched for. */
  readonly session?: OpenSession;
}

/** The engine in one of its modes. It applies where every module of the image has the section it reads. */
export function engineUnwinder(mode: EngineMode): Unwinder {
  return {
    name: mode.name,
    description: mode.description,
    lacks: [],
    applies: (image) => image.modules.every((module) => hasSection(module, mode)),
    modules: (image) => openModules(image, mode),
    open: (image) => (mode.session ?? uncached)(image.architecture, openModules(image, mode)),
  };
}

/** Opens the call frame information of every module of an image. Throws `UnwindError` where a section is unusable. */
export function openModules(image: LoadedImage, mode: Pick<EngineMode, 'lookup' | 'section'>): Module[] {
  return image.modules.map(({ name, elf, loadBias, sectionAddress }) =>
    openElfModule(elf, {
      name,
      loadBias,
      sectionAddress,
      lookup: mode.lookup,
      ...(mode.section !== undefined && { section: mode.section }),
    }),
  );
}

function hasSection({ elf }: LoadedModule, { lookup, section }: EngineMode): boolean {
  if (lookup === 'header') return elf.section('.eh_frame_hdr') !== undefined;
  return section === undefined || elf.section(section) !== undefined;
}
