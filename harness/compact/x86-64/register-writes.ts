import { type Instruction, map0F } from './instruction.ts';

// Numbers of registers as instructions encode them.
const RAX = 0;
const RCX = 1;
const RDX = 2;
const RBX = 3;
export const RSP = 4;
export const RBP = 5;
const RSI = 6;
const RDI = 7;
const R11 = 11;

const accumulators = (1 << RAX) | (1 << RDX);
const strings = (1 << RAX) | (1 << RCX) | (1 << RSI) | (1 << RDI);

/**
 * The general registers an instruction may write, as bits: too many rather than too few. Those it changes by pushing,
 * popping and leaving, and those a called function changes, are not among them.
 */
export function registersWritten(instruction: Instruction): number {
  if (instruction.map === 0) return byOneByteOpcode(instruction);
  if (instruction.map === map0F) return byTwoByteOpcode(instruction);
  return anyOperand(instruction);
}

function byOneByteOpcode(instruction: Instruction): number {
  const { opcode, reg } = instruction;
  const group = reg & 7;
  if (opcode < 0x40) {
    // CMP writes none.
    if (opcode >= 0x38) return 0;
    const form = opcode & 7;
    if (form < 2) return target(instruction, (opcode & 1) === 0);
    return form < 4 ? named(instruction, reg, (opcode & 1) === 0) : 1 << RAX;
  }
  switch (opcode) {
    case 0x80:
    case 0x81:
    case 0x83:
      return group === 7 ? 0 : target(instruction, opcode === 0x80);
    case 0x84:
    case 0x85:
    case 0xa8:
    case 0xa9:
      return 0;
    case 0x86:
    case 0x87:
      return target(instruction, opcode === 0x86) | named(instruction, reg, opcode === 0x86);
    case 0x88:
    case 0x89:
    case 0x8c:
      return target(instruction, opcode === 0x88);
    case 0x63:
    case 0x69:
    case 0x6b:
    case 0x8a:
    case 0x8b:
    case 0x8d:
      return named(instruction, reg, opcode === 0x8a);
    case 0xc0:
    case 0xc1:
    case 0xc6:
    case 0xc7:
    case 0xd0:
    case 0xd1:
    case 0xd2:
    case 0xd3:
      return target(instruction, (opcode & 1) === 0);
    case 0xf6:
    case 0xf7:
      if (group < 2) return 0;
      return group < 4 ? target(instruction, opcode === 0xf6) : accumulators;
    case 0xfe:
    case 0xff:
      return group < 2 ? target(instruction, opcode === 0xfe) : 0;
    case 0x98:
    case 0x99:
      return accumulators;
    // ENTER.
    case 0xc8:
      return (1 << RSP) | (1 << RBP);
  }
  // Pushes and pops of 16 bits, which nothing else knows.
  if (opcode >= 0x50 && opcode < 0x60) return (1 << RSP) | (1 << instruction.rm);
  // NOP is no exchange.
  if (opcode === 0x90 && instruction.rm === RAX) return 0;
  if (opcode >= 0x90 && opcode < 0x98) return (1 << RAX) | (1 << instruction.rm);
  if (opcode >= 0xb0 && opcode < 0xc0) return named(instruction, instruction.rm, opcode < 0xb8);
  if ((opcode >= 0xa0 && opcode < 0xb0) || opcode === 0x6c || opcode === 0x6d) return strings;
  if (opcode >= 0xe0 && opcode < 0xe8) return (1 << RAX) | (1 << RCX);
  return 0;
}

function byTwoByteOpcode(instruction: Instruction): number {
  const { opcode } = instruction;
  // RDSSP; ENDBR64, which it shares the opcode with, looks as if it wrote RDX.
  if (opcode === 0x1e && !instruction.vex) return target(instruction, false);
  if (isVectorOnly(opcode)) return 0;
  if (instruction.vex) return anyOperand(instruction);
  if (opcode >= 0x80 && opcode < 0x90) return 0;
  if (opcode >= 0x90 && opcode < 0xa0) return target(instruction, true);
  if (opcode >= 0xc8 && opcode < 0xd0) return 1 << instruction.rm;
  if (opcode >= 0x40 && opcode < 0x50) return 1 << instruction.reg;
  switch (opcode) {
    case 0x05:
      return (1 << RAX) | (1 << RCX) | (1 << R11);
    case 0x31:
      return accumulators;
    case 0xa2:
      return accumulators | (1 << RCX) | (1 << RBX);
    case 0x01:
    case 0xb0:
    case 0xb1:
    case 0xc7:
      return anyOperand(instruction) | accumulators | (1 << RCX);
    case 0xa3:
      return 0;
    // To a general register from a vector, from flags, or from a part of a register.
    case 0x2c:
    case 0x2d:
    case 0x50:
    case 0xaf:
    case 0xb6:
    case 0xb7:
    case 0xb8:
    case 0xbc:
    case 0xbd:
    case 0xbe:
    case 0xbf:
    case 0xc5:
    case 0xd7:
      return 1 << instruction.reg;
    case 0x7e:
    case 0xa4:
    case 0xa5:
    case 0xab:
    case 0xac:
    case 0xad:
    case 0xb3:
    case 0xba:
    case 0xbb:
      return target(instruction, false);
    default:
      return instruction.hasModRm ? anyOperand(instruction) : 0;
  }
}

/** Moves, arithmetic and comparisons between vector registers and memory, hints and no-operations. */
function isVectorOnly(opcode: number): boolean {
  if (opcode >= 0x10 && opcode < 0x20) return true;
  if ((opcode >= 0x28 && opcode < 0x2c) || opcode === 0x2e || opcode === 0x2f) return true;
  if (opcode > 0x50 && opcode < 0x80) return opcode !== 0x7e && opcode !== 0x78 && opcode !== 0x79;
  if (opcode === 0x0d || opcode === 0xc2 || opcode === 0xc4 || opcode === 0xc6) return true;
  return opcode >= 0xd0 && opcode !== 0xd7;
}

/** Every register the instruction names. */
function anyOperand(instruction: Instruction): number {
  if (!instruction.hasModRm) return 0;
  const vector = instruction.vex ? 1 << instruction.vector : 0;
  return (1 << instruction.reg) | (instruction.mod === 3 ? 1 << instruction.rm : 0) | vector;
}

/** The operand that may be memory. */
function target(instruction: Instruction, byte: boolean): number {
  return instruction.mod === 3 ? named(instruction, instruction.rm, byte) : 0;
}

/** Without the prefix REX, 4 to 7 of 8-bit operands are the second bytes of RAX to RBX. */
function named({ hasRex }: Instruction, number: number, byte: boolean): number {
  return 1 << (byte && !hasRex && number >= RSP && number <= RDI ? number & 3 : number);
}
