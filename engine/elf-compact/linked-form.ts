import type { DescriptorList } from './descriptor-list.ts';

/** What a lookup in a linked form found: a descriptor and its range, counted from the section's address. */
export interface DescriptorRange {
  start: number;
  end: number;
  lo: number;
  hi: number;
}

/** Finds descriptors by address. */
export interface DescriptorIndex {
  /**
   * The descriptor whose range has an address, counted from the section's; false where none has. Allocates nothing. Throws
   * `UnwindError` where what it has to read is broken.
   */
  find(address: number, out: DescriptorRange): boolean;
}

/** What a linked form is made from; addresses are counted from the section's own. */
export interface LinkedContent {
  /** Ascending, without personalities. */
  readonly descriptors: DescriptorList;
  /** First address behind the last range. */
  readonly end: number;
  /** Addresses of personality routines or, in bit 0, of pointers to them (indirect). */
  readonly personalities: Int32Array;
  /**
   * Functions with an LSDA and descriptors of their own (not DWARF), ascending: the function's address, the first one
   * behind it, the LSDA's, and the index of the personality, below `mostPersonalities`. Without a personality an LSDA is
   * of no use: such functions are not listed.
   */
  readonly lsdaFunction: Int32Array;
  readonly lsdaFunctionEnd: Int32Array;
  readonly lsda: Int32Array;
  readonly lsdaPersonality: Int32Array;
}

/** A way to lay out descriptors in an `.eh_frame_hdr` section. */
export interface LinkedForm {
  /** The section's bytes, and how many of them each part takes. */
  write(content: LinkedContent): { readonly bytes: Uint8Array; readonly parts: Readonly<Record<string, number>> };
  /** Opens untrusted bytes. Throws `UnwindError` where the header is unusable. */
  open(bytes: Uint8Array): DescriptorIndex;
}
