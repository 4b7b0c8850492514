import type { Instruction } from '../../assembly/item.ts';

/** The four bytes of an A64 instruction word: always little-endian, whatever the data's byte order. */
export function encodeWord(word: number): Instruction {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, word, true);
  return { bytes };
}

/**
 * An instruction whose immediate depends on a label.
 * @param field the bits to put into `word`, from the instruction's address and the label's
 */
export function encodeLabelled(
  word: number,
  label: string,
  field: (address: bigint, target: bigint) => number,
): Instruction {
  const { bytes } = encodeWord(word);
  return {
    bytes,
    reference: {
      label,
      patch(copy, address, target) {
        new DataView(copy.buffer, copy.byteOffset, 4).setUint32(0, word | field(address, target), true);
      },
    },
  };
}

/** `value` as an unsigned field. Throws RangeError unless it is an integer of at most `bits` bits. */
export function unsignedField(value: number, bits: number, what: string): number {
  if (!Number.isInteger(value) || value < 0 || value >= 2 ** bits) {
    throw new RangeError(`${what}: ${value} is not an unsigned integer of ${bits} bits`);
  }
  return value;
}

/**
 * `value / scale` in two's complement, `bits` wide. Throws RangeError where it is no multiple or does not fit.
 * @param scale a power of two
 */
export function signedField(value: number, bits: number, scale: number, what: string): number {
  const scaled = value / scale;
  if (!Number.isInteger(scaled) || scaled < -(2 ** (bits - 1)) || scaled >= 2 ** (bits - 1)) {
    throw new RangeError(`${what}: ${value} is not a multiple of ${scale} in a signed field of ${bits} bits`);
  }
  return scaled & (2 ** bits - 1);
}
