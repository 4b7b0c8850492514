const mask64 = 0xffffffffffffffffn;

/**
 * The N:immr:imms field (13 bits) of a 64-bit logical immediate, or undefined where the value is not encodable.
 *
 * Encodable values repeat an element of 2, 4 … 64 bits, and each element is one run of ones, rotated (Arm ARM,
 * DecodeBitMasks). All zeros and all ones are not.
 * @param value taken modulo 2^64, so that `-16n` is 0xfffffffffffffff0
 */
export function encodeBitmaskImmediate(value: bigint): number | undefined {
  const bits = value & mask64;
  if (bits === 0n || bits === mask64) {
    return undefined;
  }
  const size = elementSize(bits);
  const element = bits & ((1n << BigInt(size)) - 1n);
  const ones = countOnes(element);
  const run = (1n << BigInt(ones)) - 1n;
  for (let rotation = 0; rotation < size; rotation++) {
    if (rotateRight(run, rotation, size) === element) {
      const n = size === 64 ? 1 : 0;
      // imms holds the element's size as leading ones and a zero above the run's length minus one.
      const sizePrefix = size === 64 ? 0 : ~(size * 2 - 1) & 0x3f;
      return (n << 12) | (rotation << 6) | sizePrefix | (ones - 1);
    }
  }
  return undefined;
}

/** The shortest power of two of bits whose repetition gives the value. */
function elementSize(bits: bigint): number {
  let size = 64;
  while (size > 2) {
    const half = BigInt(size / 2);
    const low = bits & ((1n << half) - 1n);
    if (((bits >> half) & ((1n << half) - 1n)) !== low) {
      break;
    }
    size /= 2;
  }
  return size;
}

function countOnes(value: bigint): number {
  let ones = 0;
  for (let rest = value; rest !== 0n; rest &= rest - 1n) {
    ones++;
  }
  return ones;
}

function rotateRight(value: bigint, amount: number, size: number): bigint {
  const mask = (1n << BigInt(size)) - 1n;
  return ((value >> BigInt(amount)) | (value << BigInt(size - amount))) & mask;
}
