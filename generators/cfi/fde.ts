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
}
