/** How the entries of a section with call frame information are laid out, whatever they say. */
export interface FrameLayout {
  /** Every CIE stands behind the FDEs that use it; `.debug_frame` only. Default: false. */
  readonly ciesLast?: boolean;
  /** Every FDE has a CIE of its own. Default: FDEs of equal options share one. */
  readonly privateCies?: boolean;
  /** FDEs stand in the opposite order. Default: false. */
  readonly descending?: boolean;
  /** A zero length ends `.eh_frame`. Default: true. */
  readonly terminator?: boolean;
  /** Entries end at multiples of this. Default: 8, the size of an address. */
  readonly alignment?: 1 | 2 | 4 | 8;
  /** Bytes of `DW_CFA_nop` that each entry has besides. Default: 0. */
  readonly extraNops?: number;
  /** Zero words, which are no entries, behind each FDE; `.debug_frame` only. Default: 0. */
  readonly zeroWords?: number;
  /** Content of entries that are neither CIE nor FDE, or broken ones; one behind each FDE in turn. */
  readonly strays?: readonly Uint8Array[];
}
