/** Bits 31–29 of a descriptor: how the rest is to be read. */
export const MODE_NULL = 0;
export const MODE_DWARF = 7;

const modeShift = 29;
const offsetMask = 0x1fff_ffff;

/** The descriptor that stands for nothing at all, at the end of functions: mode 0, lowest bit set. */
export const paddingDescriptor = 1;

export function modeOf(lo: number): number {
  return lo >>> modeShift;
}

/** Of mode 7: where the FDE lies, in bytes from the start of `.eh_frame_hdr`. */
export function fdeOffsetOf(lo: number): number {
  return lo & offsetMask;
}

/** The low half of a descriptor that leaves its range to an FDE; the high half is 0. */
export function dwarfDescriptor(fdeOffset: number): number {
  if (!Number.isInteger(fdeOffset) || fdeOffset < 0 || fdeOffset > offsetMask) {
    throw new RangeError(`expected an FDE less than 512 MiB behind .eh_frame_hdr, found ${fdeOffset}`);
  }
  return ((MODE_DWARF << modeShift) | fdeOffset) >>> 0;
}
