import type { CieOptions } from '../cfi/cie-options.ts';
import type { Item } from './item.ts';

/** A contiguous stretch of code with one FDE: a function, or a fragment of one that was split. */
export interface CodeFunction {
  /** The label of the first byte, and the symbol. */
  readonly name: string;
  readonly items: readonly Item[];
  readonly cie?: CieOptions;
  /** No FDE covers it. */
  readonly uncovered?: true;
  /** Alignment of its start in bytes, a power of two; default 16. With 1, it follows its predecessor without a gap. */
  readonly align?: number;
  /** Label of its language-specific data; the CIE needs `lsdaEncoding`. */
  readonly lsda?: string;
}
