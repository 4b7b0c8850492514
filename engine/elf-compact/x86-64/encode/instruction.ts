import { InstructionOperands, Kind } from './instruction-operands.ts';
import * as maps from './opcode-maps.ts';

const rsp = 4;
const rbp = 5;
/** Longest instruction, bytes. */
const longest = 15;

/**
 * Reads one x86-64 instruction: its length, and what it may do to general registers. Says too much rather than too little:
 * a register that may be written is in `writes`. One object is reused.
 */
export class Instruction extends InstructionOperands {
  /** Reads the instruction at an offset. False where it is unknown, or does not end in `code`. */
  read(code: Uint8Array, at: number): boolean {
    this.code = code;
    this.kind = Kind.other;
    this.register = -1;
    this.target = -1;
    this.writes = 0;
    this.stores = false;
    let position = at;
    let rex = 0;
    let is16 = false;
    let opcode = 0;
    // Reading beyond the end gives `undefined`, which is noticed at the latest where the length is checked.
    for (; position - at < longest; position++) {
      opcode = code[position]!;
      if ((opcode & 0xf0) === 0x40) rex = opcode;
      else if (isPrefix(opcode)) {
        // A REX prefix counts only right before the opcode.
        rex = 0;
        if (opcode === 0x66) is16 = true;
        // Addresses of 32 bits: their length is the same, but for a few that compilers do not use.
        if (opcode === 0x67 && (code[position + 1]! & 0xfc) === 0xa0) return false;
      } else break;
    }
    position++;
    const length = this.#readOpcode(opcode, position, rex, is16) - at;
    this.length = length;
    return length > 0 && length <= longest && at + length <= code.length;
  }

  /** Returns where the instruction ends, or -1 where it is unknown. */
  #readOpcode(opcode: number, position: number, rex: number, is16: boolean): number {
    const code = this.code;
    if (opcode === 0x0f) {
      const second = code[position]!;
      if (second === 0x38) return this.readOperands(maps.threeByte38[code[position + 1]!]!, position + 2, rex, is16);
      if (second === 0x3a) return this.readOperands(maps.threeByte3a[code[position + 1]!]!, position + 2, rex, is16);
      return this.#readTwoByte(second, position + 1, rex, is16);
    }
    if (opcode === 0xc4 || opcode === 0xc5 || opcode === 0x62) return this.readVector(opcode, position);
    const low = (opcode & 7) | ((rex & 1) << 3);
    switch (opcode & 0xf8) {
      case 0x50:
        this.kind = Kind.push;
        this.register = low;
        return is16 ? -1 : position;
      case 0x58:
        this.kind = Kind.pop;
        this.register = low;
        this.writes = 1 << low;
        return is16 ? -1 : position;
      case 0x90:
        if (low === 0) this.kind = Kind.nop;
        else this.writes = 1 | (1 << low);
        return position;
      case 0xb0:
        this.writes = 1 << (rex === 0 ? low & 3 : low);
        return position + 1;
      case 0xb8:
        this.writes = 1 << low;
        return position + ((rex & 8) !== 0 ? 8 : is16 ? 2 : 4);
    }
    if (opcode >= 0xa0 && opcode <= 0xa3) {
      this.stores = opcode >= 0xa2;
      return position + 8;
    }
    switch (opcode) {
      case 0x68:
      case 0x6a:
        this.kind = Kind.push;
        return is16 ? -1 : position + (opcode === 0x68 ? 4 : 1);
      case 0x80:
      case 0x81:
      case 0x83:
      case 0x8b:
      case 0x8d:
      case 0x89:
        this.readStackAdjustment(opcode, position, rex);
        break;
      case 0x8f:
        return -1;
      case 0x9c:
        this.kind = Kind.push;
        return position;
      case 0x9d:
        this.kind = Kind.pop;
        return position;
      case 0xa4:
      case 0xa5:
      case 0xaa:
      case 0xab:
      case 0x6c:
      case 0x6d:
        this.stores = true;
        return position;
      case 0xc2:
      case 0xca:
        this.kind = Kind.end;
        return position + 2;
      case 0xc3:
      case 0xcb:
      case 0xcc:
      case 0xcf:
      case 0xf1:
      case 0xf4:
        this.kind = Kind.end;
        return position;
      case 0xc8:
        this.writes = (1 << rsp) | (1 << rbp);
        return position + 3;
      case 0xc9:
        this.kind = Kind.leave;
        this.writes = (1 << rsp) | (1 << rbp);
        return is16 ? -1 : position;
      case 0xcd:
        this.kind = Kind.call;
        return position + 1;
      case 0xe8:
        this.kind = Kind.call;
        return position + 4;
      case 0xe9:
        this.kind = Kind.end;
        this.target = position + 4 + this.signed32(position);
        return position + 4;
      case 0xeb:
        this.kind = Kind.end;
        this.target = position + 1 + this.signed8(position);
        return position + 1;
      case 0xf6:
      case 0xf7:
        // test has an immediate, and writes nothing
        if ((code[position]! & 0x30) === 0) {
          const immediate = opcode === 0xf6 ? maps.IMM8 : maps.IMM_Z;
          return this.readOperands(maps.MODRM | immediate, position, rex, is16);
        }
        break;
      case 0xff:
        return this.#readGroup5(position, rex);
    }
    if ((opcode >= 0x70 && opcode < 0x80) || (opcode >= 0xe0 && opcode <= 0xe3)) {
      this.kind = Kind.branch;
      this.target = position + 1 + this.signed8(position);
    }
    // adc, add, and so on of rax: an immediate and no ModRM byte
    return this.readOperands(maps.oneByte[opcode]!, position, rex, is16);
  }

  #readTwoByte(opcode: number, position: number, rex: number, is16: boolean): number {
    switch (opcode) {
      case 0x0b:
      case 0x07:
      case 0x35:
        this.kind = Kind.end;
        return position;
      case 0x05:
      case 0x34:
        this.kind = Kind.call;
        return position;
      case 0x1f:
        this.kind = Kind.nop;
        break;
      case 0xa0:
      case 0xa8:
        this.kind = Kind.push;
        return position;
      case 0xa1:
      case 0xa9:
        this.kind = Kind.pop;
        return position;
      case 0xa2:
        // cpuid
        this.writes = 1 << 3;
        return position;
    }
    if (opcode >= 0xc8 && opcode < 0xd0) {
      this.writes = 1 << ((opcode & 7) | ((rex & 1) << 3));
      return position;
    }
    if (opcode >= 0x80 && opcode < 0x90) {
      this.kind = Kind.branch;
      this.target = position + 4 + this.signed32(position);
      return is16 ? -1 : position + 4;
    }
    return this.readOperands(maps.twoByte[opcode]!, position, rex, is16);
  }

  /** inc, dec, call, jmp, push. */
  #readGroup5(position: number, rex: number): number {
    const modrm = this.code[position]!;
    const operation = (modrm >> 3) & 7;
    const end = this.readOperands(operation < 2 ? maps.MODRM | maps.WRITES_RM : maps.MODRM, position, rex, false);
    if (operation === 2 || operation === 3) this.kind = Kind.call;
    else if (operation === 4 || operation === 5) this.kind = Kind.end;
    else if (operation === 6) this.kind = Kind.push;
    else if (operation === 7) return -1;
    return end;
  }
}

function isPrefix(byte: number): boolean {
  return (
    byte === 0x66 ||
    byte === 0xf2 ||
    byte === 0xf3 ||
    byte === 0xf0 ||
    (byte & 0xe7) === 0x26 ||
    (byte >= 0x64 && byte <= 0x67)
  );
}
