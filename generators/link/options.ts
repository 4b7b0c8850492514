import type { ArchitectureName } from '../../engine/architecture/index.ts';
import type { CieOptions } from '../cfi/cie-options.ts';
import type { PlacedDirective } from '../cfi/directive.ts';
import type { FrameLayout } from '../cfi/frame-layout.ts';
import type { DataBlock } from './data-block.ts';

export type UnwindSection = '.eh_frame' | '.eh_frame_hdr' | '.debug_frame';

/** An FDE that does not come from a function, such as one that covers nothing. */
export interface ExtraFde {
  /** It starts at this label. */
  readonly label: string;
  /** Bytes covered. */
  readonly size: number;
  readonly cie?: CieOptions;
  readonly directives?: readonly PlacedDirective[];
  /** Written before or behind the functions' FDEs, or behind the terminator of `.eh_frame`. */
  readonly order: 'first' | 'last' | 'stale';
}

export interface LinkOptions {
  readonly architecture: ArchitectureName;
  /** Address of `.text` in the file, a multiple of 0x1000. Default: 0x401000. */
  readonly textAddress?: bigint;
  /** Address of `.rodata` in the file, with `.data` behind it. Default: the page behind the text. */
  readonly dataAddress?: bigint;
  /** Address in the file behind which the sections with unwind information begin. Default: the end of the data. */
  readonly unwindAddress?: bigint;
  /**
   * Added to every address of the file when it is loaded, modulo 2^64. Absolute addresses in code and data are
   * written as the dynamic loader would have left them; those in CFI are the file's. Default: 0.
   */
  readonly loadBias?: bigint;
  /** Default: `executable`. */
  readonly type?: 'executable' | 'shared';
  /** Label of the ELF header's entry point. Default: the first function. */
  readonly entry?: string;
  readonly data?: readonly DataBlock[];
  /** Default: `.eh_frame` and `.eh_frame_hdr`. */
  readonly unwindSections?: readonly UnwindSection[];
  /** Without it, `.eh_frame_hdr` only points to `.eh_frame`. Default: true. */
  readonly searchTable?: boolean;
  /** `DW_EH_PE_*` of the entries of that table. Default: `DW_EH_PE_datarel | DW_EH_PE_sdata4`. */
  readonly tableEncoding?: number;
  /** Makes of the header what the file has instead of it, at most as long. Default: the header itself. */
  editHeader?(header: Uint8Array): Uint8Array;
  readonly ehFrame?: Omit<FrameLayout, 'ciesLast' | 'zeroWords'>;
  readonly debugFrame?: Omit<FrameLayout, 'terminator'>;
  /** Whether `.eh_frame` has an FDE, given its place among all. Default: it has all of them. */
  inEhFrame?(index: number): boolean;
  /** Loaded right behind `.eh_frame`, in a section of its own. */
  readonly behindEhFrame?: Uint8Array;
  readonly extraFdes?: readonly ExtraFde[];
}
