/**
 * How x86-64 instructions are laid out after their prefixes, by opcode (Intel SDM volume 2, appendix A), as far as their
 * length and the general registers they write depend on it.
 */

/** Bits of an entry of a map; an entry of 0 is an instruction of one or two bytes that writes nothing of interest. */
export const MODRM = 1;
export const IMM8 = 2;
/** An immediate of four bytes, two with an operand-size prefix. */
export const IMM_Z = 4;
/** Not an instruction, or one not known here. */
export const UNKNOWN = 8;
/** The register in ModRM.reg, the one in ModRM.rm or what it addresses, may be written. */
export const WRITES_REG = 16;
export const WRITES_RM = 32;
/** The operand is a byte, so that without REX numbers 4–7 are ah–bh. */
export const BYTE = 64;

const LOAD = MODRM | WRITES_REG;
const STORE = MODRM | WRITES_RM;
const BOTH = MODRM | WRITES_REG | WRITES_RM;

function set(map: Uint8Array, value: number, ...opcodes: readonly (number | readonly [number, number])[]): void {
  for (const opcode of opcodes) {
    if (typeof opcode === 'number') map[opcode] = value;
    else map.fill(value, opcode[0], opcode[1] + 1);
  }
}

function oneByteMap(): Uint8Array {
  const map = new Uint8Array(256);
  for (let row = 0x00; row < 0x40; row += 8) {
    const compares = row === 0x38;
    set(map, (compares ? MODRM : STORE) | BYTE, row);
    set(map, compares ? MODRM : STORE, row + 1);
    set(map, (compares ? MODRM : LOAD) | BYTE, row + 2);
    set(map, compares ? MODRM : LOAD, row + 3);
    set(map, IMM8, row + 4);
    set(map, IMM_Z, row + 5);
    set(map, UNKNOWN, row + 6, row + 7);
  }
  set(map, UNKNOWN, 0x60, 0x61, 0x82, 0x9a, 0xce, [0xd4, 0xd6], 0xea);
  set(map, LOAD, 0x63, 0x8b, 0x8d);
  set(map, LOAD | BYTE, 0x8a);
  set(map, LOAD | IMM_Z, 0x69);
  set(map, LOAD | IMM8, 0x6b);
  set(map, IMM8, 0x6a, [0x70, 0x7f], 0xa8, [0xb0, 0xb7], 0xcd, [0xe0, 0xe7], 0xeb);
  set(map, IMM_Z, 0x68, 0xa9);
  set(map, STORE | IMM8 | BYTE, 0x80, 0xc0, 0xc6);
  set(map, STORE | IMM8, 0x83, 0xc1);
  set(map, STORE | IMM_Z, 0x81, 0xc7);
  set(map, MODRM | BYTE, 0x84);
  set(map, MODRM, 0x85, 0x8e);
  set(map, BOTH | BYTE, 0x86);
  set(map, BOTH, 0x87);
  set(map, STORE | BYTE, 0x88, 0xd0, 0xd2, 0xf6, 0xfe);
  set(map, STORE, 0x89, 0x8c, 0x8f, 0xd1, 0xd3, [0xd8, 0xdf], 0xf7, 0xff);
  return map;
}

/** After 0F. Instructions on vector registers write no general ones, but for a few. */
function twoByteMap(): Uint8Array {
  const map = new Uint8Array(256).fill(BOTH);
  set(map, UNKNOWN, 0x04, 0x0a, 0x0c, 0x0e, 0x0f, [0x24, 0x27], 0x36, [0x38, 0x3f], 0x78, 0x79, 0xff);
  set(map, 0, [0x05, 0x09], 0x0b, [0x30, 0x35], 0x37, 0x77, 0xa0, 0xa1, 0xa2, 0xa8, 0xa9, 0xaa, [0xc8, 0xcf]);
  set(map, MODRM, 0x0d, [0x10, 0x12], [0x14, 0x16], [0x18, 0x1f], 0x28, 0x2a, 0x2e, 0x2f, [0x51, 0x6f], [0x74, 0x76]);
  set(map, MODRM, [0xd0, 0xd5], [0xd8, 0xe6], [0xe8, 0xf6], [0xf8, 0xfe], 0xa3);
  set(map, STORE, 0x13, 0x17, 0x29, 0x2b, 0x7e, 0x7f, 0xd6, 0xe7, 0xf7, [0x90, 0x9f], 0xab, 0xb3, 0xbb, 0xc3);
  set(map, MODRM | IMM8, [0x70, 0x73], 0xc2, 0xc4, 0xc6);
  set(map, LOAD, 0x2c, 0x2d, [0x40, 0x50], 0xaf, 0xb6, 0xb7, [0xbc, 0xbf], 0xb8, 0xd7);
  set(map, LOAD | IMM8, 0xc5);
  set(map, STORE | IMM8, 0xa4, 0xac, 0xba);
  set(map, IMM_Z, [0x80, 0x8f]);
  return map;
}

export const oneByte = oneByteMap();
export const twoByte = twoByteMap();
/** After 0F 38 and 0F 3A. */
export const threeByte38 = new Uint8Array(256).fill(BOTH);
export const threeByte3a = new Uint8Array(256).fill(BOTH | IMM8);
