import type { CfiDirective } from './directive.ts';

/** How a CIE is written; the defaults are what compilers produce for the architecture and section. */
export interface CieOptions {
  /** Default: 1 in `.eh_frame`, 4 in `.debug_frame`. */
  readonly version?: 1 | 3 | 4;
  /** 32-bit or 64-bit DWARF (DWARF 5, section 7.4). Default: 32. */
  readonly format?: 32 | 64;
  /** Default: 1 on x86-64, 4 on AArch64. */
  readonly codeAlignment?: number;
  /** Default: -8. */
  readonly dataAlignment?: number;
  /** DWARF number of the return address column. Default: 16 on x86-64, 30 on AArch64. */
  readonly returnColumn?: number;
  /**
   * `sized` begins with `z`, `bare` is empty or `S` alone, `eh` is the ancient form with a pointer behind the string,
   * and `opaque` has a letter of no known meaning and no size: nothing behind it can be found. Default: `sized` in `.eh_frame`, `bare` in `.debug_frame`, where all that requires `sized` is left out.
   */
  readonly augmentation?: 'sized' | 'bare' | 'eh' | 'opaque';
  /** Letter `S`; not with `eh`. */
  readonly signalFrame?: boolean;
  /** Letter `B`: return addresses are signed with the B key. Requires `sized`. */
  readonly bKey?: boolean;
  /**
   * Letter `R`: `DW_EH_PE_*` of the addresses in FDEs and in `DW_CFA_set_loc`. Default: 0x1b (`pcrel | sdata4`).
   * Written, and possible, with `sized` only; otherwise addresses are absolute.
   */
  readonly pointerEncoding?: number;
  /** Letter `L`: `DW_EH_PE_*` of LSDA pointers. Requires `sized`. */
  readonly lsdaEncoding?: number;
  /** Letter `P`. Requires `sized`. */
  readonly personality?: { readonly encoding: number; readonly label: string };
  /** A letter of no known meaning, behind all others, with its data. Requires `sized`. */
  readonly unknown?: {
    readonly letter: string;
    readonly data: readonly number[];
    /** What the FDEs have for it, behind all else. Default: nothing. */
    readonly fdeData?: readonly number[];
  };
  /** Default: the state at a function's entry. */
  readonly initial?: readonly CfiDirective[];
}
