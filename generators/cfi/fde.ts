import type { CieOptions } from './cie-options.ts';
import type { PlacedDirective } from './directive.ts';

/** What an FDE says, independent of the section it is written to. */
export interface Fde {
  readonly start: bigint;
  /** Bytes covered. */
  readonly size: number;
  readonly cie: CieOptions;
  /** In ascending order of their offsets. */
  readonly directives: readonly PlacedDirective[];
  /** Label of the language-specific data. */
  readonly lsda?: string;
  /** It stands behind the terminator of `.eh_frame`, where nobody may look. */
  readonly stale?: true;
}

/** What a program's call frame information is written from, and a way to write it otherwise. */
export interface ProgramFrames {
  /** Every FDE in the order they are written, at the addresses of run time. */
  readonly fdes: readonly Fde[];
  /** The program's file with other FDEs in the place of these; code and data are the same, and where they were. */
  imageWith(fdes: readonly Fde[]): Uint8Array;
}
