/** A section of the unwound module, as it lies in memory. */
export interface SectionBytes {
  /** Address of the first byte, in the address space lookups are made in. */
  readonly address: bigint;
  readonly bytes: Uint8Array;
}
