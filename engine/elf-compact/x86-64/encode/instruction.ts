import * as maps from './opcode-maps.ts';

/** What an instruction does to the stack pointer and to where control goes. */
export const Kind = {
  other: 0,
  /** `push` of a register, or of anything else (register -1). */
  push: 1,
  pop: 2,
  /** RSP += amount. */
  moveSp: 3,
  /** RSP = RBP + amount. */
  spFromFp: 4,
  leave: 5,
  call: 6,
  /** Conditional jump; `target` is where to. */
  branch: 7,
  /** Control does not go on behind it; `target` is where to, or -1. */
  end: 8,
  nop: 9,
  /** A 64-bit register is loaded from RSP + amount or RBP + amount. */
  loadFromSp: 10,
  loadFromFp: 11,
} as const;

const rsp = 4;
const rbp = 5;
const writesNothing = 0;
/** Longest instruction, bytes. */
const longest = 15;

/**
 * Reads one x86-64 instruction: its length, and what it may do to general registers. Says too much rather than too little:
 * a register that may be written is in `writes`. One object is reused.
 */
export class Instruction {
  length = 0;
  kind: number = Kind.other;
  /** Number of the register pushed, popped or loaded, as instructions number them, or -1. */
  register = -1;
  amount = 0;
  target = -1;
  /** Registers that may be written, by bit. */
  writes = 0;
  /** It may write to memory (other than what a push or call does). */
  stores = false;
  #code: Uint8Array = new Uint8Array(0);

  /** Reads the instruction at an offset. False where it is unknown, or does not end in `code`. */
  read(code: Uint8Array, at: number): boolean {
    this.#code = code;
    this.kind = Kind.other;
    this.register = -1;
    this.target = -1;
    this.writes = writesNothing;
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
    const code = this.#code;
    if (opcode === 0x0f) {
      const second = code[position]!;
      if (second === 0x38) return this.#readOperands(maps.threeByte38[code[position + 1]!]!, position + 2, rex, is16);
      if (second === 0x3a) return this.#readOperands(maps.threeByte3a[code[position + 1]!]!, position + 2, rex, is16);
      return this.#readTwoByte(second, position + 1, rex, is16);
    }
    if (opcode === 0xc4 || opcode === 0xc5 || opcode === 0x62) return this.#readVector(opcode, position);
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
        this.#readStackAdjustment(opcode, position, rex);
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
        this.target = position + 4 + this.#signed32(position);
        return position + 4;
      case 0xeb:
        this.kind = Kind.end;
        this.target = position + 1 + this.#signed8(position);
        return position + 1;
      case 0xf6:
      case 0xf7:
        // test has an immediate, and writes nothing
        if ((code[position]! & 0x30) === 0) {
          const immediate = opcode === 0xf6 ? maps.IMM8 : maps.IMM_Z;
          return this.#readOperands(maps.MODRM | immediate, position, rex, is16);
        }
        break;
      case 0xff:
        return this.#readGroup5(position, rex);
    }
    if ((opcode >= 0x70 && opcode < 0x80) || (opcode >= 0xe0 && opcode <= 0xe3)) {
      this.kind = Kind.branch;
      this.target = position + 1 + this.#signed8(position);
    }
    // adc, add, and so on of rax: an immediate and no ModRM byte
    return this.#readOperands(maps.oneByte[opcode]!, position, rex, is16);
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
      this.target = position + 4 + this.#signed32(position);
      return is16 ? -1 : position + 4;
    }
    return this.#readOperands(maps.twoByte[opcode]!, position, rex, is16);
  }

  /** VEX and EVEX: the map of opcodes is in the prefix. General registers among the operands count as written. */
  #readVector(prefix: number, position: number): number {
    const code = this.#code;
    const first = code[position]!;
    const payload = prefix === 0xc5 ? 1 : prefix === 0xc4 ? 2 : 3;
    const map = prefix === 0xc5 ? 1 : prefix === 0xc4 ? first & 0x1f : first & 7;
    const last = prefix === 0xc5 ? first : code[position + 1]!;
    // Inverted bits; REX as it would be.
    const rex = ((~first >> 7) & 1) * 4 + (prefix === 0xc5 ? 0 : (~first >> 5) & 1);
    const opcode = code[position + payload]!;
    const operands = position + payload + 1;
    let entry = maps.MODRM | maps.WRITES_REG | maps.WRITES_RM;
    if (map === 1) {
      if (opcode === 0x77) return operands;
      const known = maps.twoByte[opcode]!;
      // Compares and moves of masks have their own.
      entry = opcode >= 0x80 && opcode < 0xa0 ? entry : known;
    } else if (map === 3) entry |= maps.IMM8;
    else {
      if (map !== 2 && (prefix !== 0x62 || (map !== 5 && map !== 6))) return -1;
      this.writes = 1 << ((~last >> 3) & 15);
    }
    if ((entry & maps.MODRM) === 0) return -1;
    return this.#readOperands(entry, operands, rex, false);
  }

  /** inc, dec, call, jmp, push. */
  #readGroup5(position: number, rex: number): number {
    const modrm = this.#code[position]!;
    const operation = (modrm >> 3) & 7;
    const end = this.#readOperands(operation < 2 ? maps.MODRM | maps.WRITES_RM : maps.MODRM, position, rex, false);
    if (operation === 2 || operation === 3) this.kind = Kind.call;
    else if (operation === 4 || operation === 5) this.kind = Kind.end;
    else if (operation === 6) this.kind = Kind.push;
    else if (operation === 7) return -1;
    return end;
  }

  /** Recognizes `add`, `sub` and `lea` of RSP, and `mov rsp, rbp`; what else there is to say follows. */
  #readStackAdjustment(opcode: number, position: number, rex: number): void {
    const code = this.#code;
    const modrm = code[position]!;
    if (opcode === 0x8b && (rex & 0xfb) === 0x48) this.#readLoad(modrm, position + 1, (rex & 4) << 1);
    // The operand is 64 bits wide, and the registers are among the first eight.
    if (rex !== 0x48) return;
    if (opcode === 0x81 || opcode === 0x83) {
      const amount = opcode === 0x81 ? this.#signed32(position + 1) : this.#signed8(position + 1);
      if (modrm === 0xc4) this.#moveSp(amount);
      else if (modrm === 0xec) this.#moveSp(-amount);
    } else if (opcode === 0x8d) {
      if (modrm === 0x65) this.#spFromFp(this.#signed8(position + 1));
      else if (modrm === 0xa5) this.#spFromFp(this.#signed32(position + 1));
      else if (modrm === 0x64 && code[position + 1] === 0x24) this.#moveSp(this.#signed8(position + 2));
      else if (modrm === 0xa4 && code[position + 1] === 0x24) this.#moveSp(this.#signed32(position + 2));
    } else if ((opcode === 0x89 && modrm === 0xec) || (opcode === 0x8b && modrm === 0xe5)) this.#spFromFp(0);
  }

  #readLoad(modrm: number, position: number, high: number): void {
    const mode = modrm & 0xc7;
    const hasSib = (mode & 7) === 4;
    if (hasSib && this.#code[position] !== 0x24) return;
    const at = hasSib ? position + 1 : position;
    if (mode === 0x04) this.amount = 0;
    else if (mode === 0x44 || mode === 0x45) this.amount = this.#signed8(at);
    else if (mode === 0x84 || mode === 0x85) this.amount = this.#signed32(at);
    else return;
    this.kind = hasSib ? Kind.loadFromSp : Kind.loadFromFp;
    this.register = ((modrm >> 3) & 7) | high;
  }

  #moveSp(amount: number): void {
    this.kind = Kind.moveSp;
    this.amount = amount;
  }

  #spFromFp(amount: number): void {
    this.kind = Kind.spFromFp;
    this.amount = amount;
  }

  #readOperands(entry: number, position: number, rex: number, is16: boolean): number {
    if ((entry & maps.UNKNOWN) !== 0) return -1;
    let end = position;
    if ((entry & maps.MODRM) !== 0) {
      const modrm = this.#code[end++]!;
      const mode = modrm >> 6;
      const rm = modrm & 7;
      const isByte = (entry & maps.BYTE) !== 0 && rex === 0;
      if ((entry & maps.WRITES_REG) !== 0) this.#write(((modrm >> 3) & 7) | ((rex & 4) << 1), isByte);
      if ((entry & maps.WRITES_RM) !== 0) {
        if (mode === 3) this.#write(rm | ((rex & 1) << 3), isByte);
        else this.stores = true;
      }
      if (mode !== 3) {
        let base = rm;
        if (rm === 4) base = this.#code[end++]! & 7;
        if (mode === 1) end++;
        else if (mode === 2 || base === 5) end += 4;
      }
    }
    if ((entry & maps.IMM8) !== 0) end++;
    if ((entry & maps.IMM_Z) !== 0) end += is16 ? 2 : 4;
    return end;
  }

  /** Without REX, the byte registers 4–7 are the second bytes of 0–3. */
  #write(register: number, isByte: boolean): void {
    this.writes |= 1 << (isByte ? register & 3 : register);
  }

  #signed8(position: number): number {
    return (this.#code[position]! << 24) >> 24;
  }

  #signed32(position: number): number {
    const code = this.#code;
    return code[position]! | (code[position + 1]! << 8) | (code[position + 2]! << 16) | (code[position + 3]! << 24);
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
