/** Opcode maps, as the prefixes VEX and EVEX number them; 0 is that of one-byte opcodes. */
export const map0F = 1;
const map0F38 = 2;
const map0F3A = 3;

/**
 * What follows an opcode: `-` nothing, `m` ModRM, `i` an 8-bit, `w` a 16-bit, `z` a 32-bit immediate (16 with prefix 66),
 * `I` and `Z` ModRM and one of those, `v` the immediate of `mov r, imm` (64 bits with REX.W), `r` a 32-bit distance,
 * `o` an address of 8 bytes, `e` the three bytes of `enter`, `f` and `F` the group of F6 and F7, `p` a prefix or an
 * escape, `x` no instruction. (Intel SDM, volume 2, appendix A.)
 */
const oneByte = [
  'mmmmizxxmmmmizxp', 'mmmmizxxmmmmizxx', 'mmmmizpxmmmmizpx', 'mmmmizpxmmmmizpx',
  'pppppppppppppppp', '----------------', 'xxpmppppzZiI----', 'iiiiiiiiiiiiiiii',
  'IZxImmmmmmmmmmmm', '----------x-----', 'oooo----iz------', 'iiiiiiiivvvvvvvv',
  'IIw-ppIZe-w--ix-', 'mmmmxxx-mmmmmmmm', 'iiiiiiiirrxi----', 'p-pp--fF------mm',
].join(''); // biome-ignore format: one string per 16 opcodes

const twoByte = [
  'mmmmx-------xm-I', 'mmmmmmmmmmmmmmmm', 'mmmmxxxxmmmmmmmm', '--------pxpxxxxx',
  'mmmmmmmmmmmmmmmm', 'mmmmmmmmmmmmmmmm', 'mmmmmmmmmmmmmmmm', 'IIIImmm-mmmmmmmm',
  'rrrrrrrrrrrrrrrr', 'mmmmmmmmmmmmmmmm', '---mImxx---mImmm', 'mmmmmmmmmmImmmmm',
  'mmImIIIm--------', 'mmmmmmmmmmmmmmmm', 'mmmmmmmmmmmmmmmm', 'mmmmmmmmmmmmmmmm',
].join(''); // biome-ignore format: one string per 16 opcodes

// The same as bits: `modRm`, and what kind of immediate follows.
const modRm = 0x80;
const none = 0;
const imm8 = 1;
const imm32 = 2;
const distance32 = 3;
const imm16 = 4;
const enter = 5;
const moveImmediate = 6;
const address64 = 7;
const testByte = 8;
const testWord = 9;
const notOne = 0x40;

const formOf: Readonly<Record<string, number>> = {
  '-': none,
  m: modRm,
  i: imm8,
  I: modRm | imm8,
  w: imm16,
  z: imm32,
  Z: modRm | imm32,
  v: moveImmediate,
  r: distance32,
  o: address64,
  e: enter,
  f: modRm | testByte,
  F: modRm | testWord,
  p: notOne,
  x: notOne,
};
const forms = (letters: string) => Uint8Array.from(letters, (letter) => formOf[letter]!);
const oneByteForms = forms(oneByte);
const twoByteForms = forms(twoByte);

/** LOCK, REP, segments and the size of addresses, which change no length in 64-bit code. */
const isLegacyPrefix = new Uint8Array(256);
for (const prefix of [0x26, 0x2e, 0x36, 0x3e, 0x64, 0x65, 0x67, 0xf0, 0xf2, 0xf3]) isLegacyPrefix[prefix] = 1;

/** Longest instruction, bytes. */
const longest = 15;

/** One decoded x86-64 instruction, as far as its length and its effect on registers ask for; moved from one to the next. */
export class Instruction {
  /** Bytes. */
  size = 0;
  /** 0, or which map the opcode is of. */
  map = 0;
  opcode = 0;
  /** Prefix VEX or EVEX: `vector` is the number of its further register. */
  vex = false;
  vector = 0;
  /** REX.W or its counterpart. */
  wide = false;
  /** With prefix REX, 8-bit registers 4 to 7 are SPL to DIL, without it AH to BH. */
  hasRex = false;
  operand16 = false;
  hasModRm = false;
  /** Of ModRM: 3 where `rm` is a register. */
  mod = 0;
  /** Register numbers 0–15. */
  reg = 0;
  rm = 0;
  /** Of a memory operand: its base register (-1: none, or RIP), whether it has an index, and its displacement. */
  base = -1;
  hasIndex = false;
  displacement = 0;
  /** The last immediate or distance; 64-bit ones are not kept. */
  immediate = 0;

  /** Decodes what begins at `at`; false where that is no instruction, or reaches beyond the end. */
  decode(code: Uint8Array, at: number): boolean {
    const end = Math.min(code.length, at + longest);
    let position = at;
    let rex = 0;
    let opcode = 0;
    this.operand16 = false;
    this.hasRex = false;
    for (; position < end; position++) {
      opcode = code[position]!;
      if (opcode === 0x66) this.operand16 = true;
      else if (isLegacyPrefix[opcode] === 0) break;
    }
    if ((opcode & 0xf0) === 0x40) {
      rex = opcode;
      this.hasRex = true;
      opcode = code[++position] ?? 0x06;
    }
    if (position >= end) return false;
    position++;
    this.map = 0;
    this.vex = false;
    this.vector = 0;
    if (opcode === 0x0f) {
      opcode = code[position++] ?? 0;
      this.map = opcode === 0x38 ? map0F38 : opcode === 0x3a ? map0F3A : map0F;
      if (this.map !== map0F) opcode = code[position++] ?? 0;
    } else if (opcode === 0xc4 || opcode === 0xc5 || opcode === 0x62) {
      const size = opcode === 0x62 ? 3 : opcode === 0xc4 ? 2 : 1;
      rex = this.#vexPrefix(code, position, opcode);
      position += size;
      opcode = code[position++] ?? 0;
    }
    if (position > end) return false;
    this.opcode = opcode;
    this.wide = (rex & 8) !== 0;
    const form = this.#form(opcode);
    if (form === notOne) return false;
    this.hasModRm = (form & modRm) !== 0;
    this.reg = (rex & 4) << 1;
    this.rm = (rex & 1) << 3;
    if (this.hasModRm) {
      position = this.#modRm(code, position, rex);
      if (position > end) return false;
    } else {
      this.mod = 3;
      this.rm |= opcode & 7;
    }
    position = this.#immediate(code, position, form & ~modRm);
    this.size = position - at;
    return position <= end;
  }

  /** VEX or EVEX behind their first byte; returns the bits REX would have. */
  #vexPrefix(code: Uint8Array, position: number, kind: number): number {
    this.vex = true;
    const first = code[position] ?? 0;
    const second = code[position + 1] ?? 0;
    if (kind === 0xc5) {
      this.map = map0F;
      this.vector = (~first >> 3) & 15;
      return (~first >> 5) & 4;
    }
    this.map = first & (kind === 0xc4 ? 0x1f : 7);
    this.vector = (~second >> 3) & 15;
    return ((~first >> 5) & 7) | ((second >> 4) & 8);
  }

  #form(opcode: number): number {
    if (this.map === 0) return this.vex ? notOne : oneByteForms[opcode]!;
    if (this.map === map0F) return twoByteForms[opcode]!;
    return this.map === map0F3A ? modRm | imm8 : modRm;
  }

  #modRm(code: Uint8Array, start: number, rex: number): number {
    let position = start;
    const byte = code[position++] ?? 0;
    this.mod = byte >> 6;
    this.reg |= (byte >> 3) & 7;
    this.base = -1;
    this.hasIndex = false;
    this.displacement = 0;
    const low = byte & 7;
    if (this.mod === 3) {
      this.rm |= low;
      return position;
    }
    let base = low;
    if (low === 4) {
      const sib = code[position++] ?? 0;
      base = sib & 7;
      this.hasIndex = (((sib >> 3) & 7) | ((rex & 2) << 2)) !== 4;
    }
    // Without a base: RIP, or nothing but an index.
    const absolute = base === 5 && this.mod === 0;
    if (!absolute) this.base = base | ((rex & 1) << 3);
    if (this.mod === 1) {
      this.displacement = ((code[position] ?? 0) << 24) >> 24;
      return position + 1;
    }
    if (this.mod === 0 && !absolute) return position;
    this.displacement = int32(code, position);
    return position + 4;
  }

  #immediate(code: Uint8Array, position: number, form: number): number {
    switch (form) {
      case none:
        return position;
      case imm8:
        this.immediate = ((code[position] ?? 0) << 24) >> 24;
        return position + 1;
      case distance32:
        this.immediate = int32(code, position);
        return position + 4;
      case imm32:
        this.immediate = int32(code, position);
        if (!this.operand16) return position + 4;
        this.immediate = (this.immediate << 16) >> 16;
        return position + 2;
      case moveImmediate:
        return this.wide ? position + 8 : this.#immediate(code, position, imm32);
      case address64:
        return position + 8;
      case imm16:
        return position + 2;
      case enter:
        return position + 3;
      default:
        // TEST alone of its group has an immediate.
        if ((this.reg & 7) >= 2) return position;
        return this.#immediate(code, position, form === testByte ? imm8 : imm32);
    }
  }
}

function int32(code: Uint8Array, at: number): number {
  return (code[at] ?? 0) | ((code[at + 1] ?? 0) << 8) | ((code[at + 2] ?? 0) << 16) | ((code[at + 3] ?? 0) << 24);
}
