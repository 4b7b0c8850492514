/** Bits 31–29 of a descriptor: how the rest is to be read. */
export const MODE_NULL = 0;
export const MODE_DWARF = 7;

export const modeShift = 29;
const offsetMask = 0x1fff_ffff;

/** The descriptor that stands for nothing at all, at the end of functions: mode 0, lowest bit set. */
export const paddingDescriptor = 1;

/** Nothing is there: what lies between functions. */
export function isPadding(lo: number, hi: number): boolean {
  return lo === paddingDescriptor && hi === 0;
}

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

/**
 * Bits 28–26 of every mode but 7: which of the header's personality routines, from 1 on, the function has; 0 is none. No
 * layout uses them for anything else, and none sees them: they are set by whoever links, and cleared before `fill`.
 */
const personalityShift = 26;
const personalityMask = 0x1c00_0000;
export const mostPersonalities = 7;

export function personalityOf(lo: number): number {
  return modeOf(lo) === MODE_DWARF ? 0 : (lo & personalityMask) >>> personalityShift;
}

/** Not for mode 7. */
export function withPersonality(lo: number, personality: number): number {
  return ((lo & ~personalityMask) | (personality << personalityShift)) >>> 0;
}
