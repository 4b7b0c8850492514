import type { ArchitectureName } from '../../engine/architecture/index.ts';
import type { CieOptions } from './cie-options.ts';
import { type CfiDirective, cfi } from './directive.ts';
import { DW_EH_PE_absptr, DW_EH_PE_pcrel, DW_EH_PE_sdata4 } from './pointer.ts';

export type FrameSectionName = '.eh_frame' | '.debug_frame';

/** The options of a CIE with every default filled in. */
export interface Cie {
  readonly version: 1 | 3 | 4;
  readonly format: 32 | 64;
  readonly codeAlignment: number;
  readonly dataAlignment: number;
  readonly returnColumn: number;
  readonly augmentation: NonNullable<CieOptions['augmentation']>;
  readonly signalFrame: boolean;
  readonly bKey: boolean;
  /** The encoding that holds, be it written or not. */
  readonly pointerEncoding: number;
  /** Letter `R` is written. */
  readonly pointerEncodingWritten: boolean;
  readonly lsdaEncoding: number | null;
  readonly personality: { readonly encoding: number; readonly label: string } | null;
  readonly unknown: NonNullable<CieOptions['unknown']> | null;
  readonly initial: readonly CfiDirective[];
}

/**
 * Fills in the defaults. `.debug_frame` has no pointer encodings unless it is `sized` explicitly, so what concerns
 * exception handling is left out there; asking for it together with another explicit augmentation is an Error.
 */
export function resolveCie(options: CieOptions, architecture: ArchitectureName, section: FrameSectionName): Cie {
  const debug = section === '.debug_frame';
  const augmentation = options.augmentation ?? (debug ? 'bare' : 'sized');
  const sized = augmentation === 'sized';
  if (!sized && options.augmentation !== undefined && (options.lsdaEncoding !== undefined || options.personality)) {
    throw new Error(`augmentation "${augmentation}" has no room for LSDA or personality`);
  }
  const dataAlignment = options.dataAlignment ?? -8;
  const returnColumn = options.returnColumn ?? (architecture === 'x86-64' ? 16 : 30);
  const pointerEncodingWritten = sized && (!debug || options.pointerEncoding !== undefined);
  return {
    version: options.version ?? (debug ? 4 : 1),
    format: options.format ?? 32,
    codeAlignment: options.codeAlignment ?? (architecture === 'x86-64' ? 1 : 4),
    dataAlignment,
    returnColumn,
    augmentation,
    signalFrame: options.signalFrame ?? false,
    bKey: sized && (options.bKey ?? false),
    pointerEncoding: pointerEncodingWritten
      ? (options.pointerEncoding ?? DW_EH_PE_pcrel | DW_EH_PE_sdata4)
      : DW_EH_PE_absptr,
    pointerEncodingWritten,
    lsdaEncoding: (sized ? options.lsdaEncoding : undefined) ?? null,
    personality: (sized ? options.personality : undefined) ?? null,
    unknown: (sized ? options.unknown : undefined) ?? null,
    initial: options.initial ?? entryState(architecture, returnColumn, dataAlignment),
  };
}

/** What holds at a function's first instruction. */
function entryState(architecture: ArchitectureName, returnColumn: number, dataAlignment: number): CfiDirective[] {
  if (architecture === 'aarch64') return [cfi.defCfa(31, 0)];
  const saved = dataAlignment < 0 ? cfi.offset(returnColumn, -8) : cfi.offsetExtendedSf(returnColumn, -8);
  return [cfi.defCfa(7, 8), saved];
}
