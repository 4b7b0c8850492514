import {
  AddressSpace,
  type ElfModuleOptions,
  type FrameSectionKind,
  HeaderRowSource,
  type Module,
  openElfModule,
} from '../../engine/index.ts';
import type { LoadedImage, LoadedModule } from '../loader/image.ts';
import { type OpenSession, uncached } from './sessions.ts';
import type { Unwinder } from './unwinder.ts';

const DW_EH_PE_omit = 0xff;
const DW_EH_PE_udata4 = 0x03;
/** DW_EH_PE_datarel | DW_EH_PE_sdata4. */
const DATAREL_SDATA4 = 0x3b;
/** DW_EH_PE_pcrel | DW_EH_PE_sdata4. */
const PCREL_SDATA4 = 0x1b;

/** One of the ways the engine finds call frame information and goes through a stack. */
export interface EngineMode {
  readonly name: string;
  readonly description: string;
  readonly lookup: ElfModuleOptions['lookup'];
  /** The only section it uses; without it, every section the lookup knows. */
  readonly section?: FrameSectionKind;
  /** Makes of a module another one that is used in its place. */
  readonly replace?: (module: Module) => Module;
  /** How it goes through stacks; without it, every row is searched for. */
  readonly session?: OpenSession;
}

/**
 * The engine in one of its modes. It applies where every module of the image has the section it reads. In the mode that
 * searches the header's table, opening an image throws an Error where a module has such a table and it is not used: the
 * list that takes its place would be right, too, and nobody would notice.
 */
export function engineUnwinder(mode: EngineMode): Unwinder {
  return {
    name: mode.name,
    description: mode.description,
    lacks: [],
    applies: (image) => image.modules.every((module) => hasSection(module, mode)),
    modules: (image) => replaced(openModules(image, mode), mode),
    open(image) {
      const space = new AddressSpace(image.architecture);
      const modules: Module[] = [];
      const opened = new Map<LoadedModule, Module>();
      const open = (loaded: LoadedModule): Module => {
        const [module] = openModules({ ...image, modules: [loaded] }, mode);
        checkTableUse(loaded, module!);
        const [used] = replaced([module!], mode);
        opened.set(loaded, used!);
        return used!;
      };
      const update = (present: LoadedImage): void => {
        const wanted = present.modules.map((module) => opened.get(module) ?? open(module));
        for (const module of modules.splice(0)) if (!wanted.includes(module)) space.remove(module);
        for (const module of wanted) space.add(module);
        modules.push(...wanted);
      };
      update(image);
      return { ...(mode.session ?? uncached)(space, modules), update };
    },
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

function replaced(modules: readonly Module[], { replace }: EngineMode): readonly Module[] {
  return replace === undefined ? modules : modules.map(replace);
}

function checkTableUse({ name, elf }: LoadedModule, { source }: Module): void {
  if (!(source instanceof HeaderRowSource) || source.usesTable) return;
  const header = elf.section('.eh_frame_hdr');
  if (header === undefined || !declaresTable(header.bytes)) return;
  const why = source.headerProblem === undefined ? '' : `: ${source.headerProblem.message}`;
  throw new Error(`the table in .eh_frame_hdr of ${name} is not used${why}`, { cause: source.headerProblem });
}

/**
 * Whether a header has a table that is not empty and whole (LSB, "The .eh_frame_hdr section"), judged by its bytes and
 * not by the engine's reader. A count of another form than all linkers write counts as one of a table.
 */
function declaresTable(header: Uint8Array): boolean {
  const [version, frameEncoding, countEncoding, tableEncoding] = header;
  if (version !== 1 || header.length < 12) return false;
  if (countEncoding === DW_EH_PE_omit || tableEncoding === DW_EH_PE_omit) return false;
  if (frameEncoding !== PCREL_SDATA4 || countEncoding !== DW_EH_PE_udata4) return true;
  const count = new DataView(header.buffer, header.byteOffset).getUint32(8, true);
  return count > 0 && (tableEncoding !== DATAREL_SDATA4 || 12 + 8 * count <= header.length);
}

function hasSection({ elf }: LoadedModule, { lookup, section }: EngineMode): boolean {
  if (lookup === 'header') return elf.section('.eh_frame_hdr') !== undefined;
  return section === undefined || elf.section(section) !== undefined;
}
