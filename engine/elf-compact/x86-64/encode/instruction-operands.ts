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

/** What one instruction does, and how its operands are read. */
export class InstructionOperands {
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
  protected code: Uint8Array = new Uint8Array(0);

  /** VEX and EVEX: the map of opcodes is in the prefix. General registers among the operands count as written. */
  protected readVector(prefix: number, position: number): number {
    const code = this.code;
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
    return this.readOperands(entry, operands, rex, false);
  }

  /** Recognizes `add`, `sub` and `lea` of RSP, and `mov rsp, rbp`; what else there is to say follows. */
  protected readStackAdjustment(opcode: number, position: number, rex: number): void {
    const code = this.code;
    const modrm = code[position]!;
    if (opcode === 0x8b && (rex & 0xfb) === 0x48) this.#readLoad(modrm, position + 1, (rex & 4) << 1);
    // The operand is 64 bits wide, and the registers are among the first eight.
    if (rex !== 0x48) return;
    if (opcode === 0x81 || opcode === 0x83) {
      const amount = opcode === 0x81 ? this.signed32(position + 1) : this.signed8(position + 1);
      if (modrm === 0xc4) this.#moveSp(amount);
      else if (modrm === 0xec) this.#moveSp(-amount);
    } else if (opcode === 0x8d) {
      if (modrm === 0x65) this.#spFromFp(this.signed8(position + 1));
      else if (modrm === 0xa5) this.#spFromFp(this.signed32(position + 1));
      else if (modrm === 0x64 && code[position + 1] === 0x24) this.#moveSp(this.signed8(position + 2));
      else if (modrm === 0xa4 && code[position + 1] === 0x24) this.#moveSp(this.signed32(position + 2));
    } else if ((opcode === 0x89 && modrm === 0xec) || (opcode === 0x8b && modrm === 0xe5)) this.#spFromFp(0);
  }

  #readLoad(modrm: number, position: number, high: number): void {
    const mode = modrm & 0xc7;
    const hasSib = (mode & 7) === 4;
    if (hasSib && this.code[position] !== 0x24) return;
    const at = hasSib ? position + 1 : position;
    if (mode === 0x04) this.amount = 0;
    else if (mode === 0x44 || mode === 0x45) this.amount = this.signed8(at);
    else if (mode === 0x84 || mode === 0x85) this.amount = this.signed32(at);
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

  protected readOperands(entry: number, position: number, rex: number, is16: boolean): number {
    if ((entry & maps.UNKNOWN) !== 0) return -1;
    let end = position;
    if ((entry & maps.MODRM) !== 0) {
      const modrm = this.code[end++]!;
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
        if (rm === 4) base = this.code[end++]! & 7;
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

  protected signed8(position: number): number {
    return (this.code[position]! << 24) >> 24;
  }

  protected signed32(position: number): number {
    const code = this.code;
    return code[position]! | (code[position + 1]! << 8) | (code[position + 2]! << 16) | (code[position + 3]! << 24);
  }
}
