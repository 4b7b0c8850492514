import type { Instruction } from '../../assembly/item.ts';
import type { MemoryOperand } from './memory-operand.ts';
import { gpr } from './registers.ts';

/** The parts of an instruction with a ModRM byte (Intel SDM volume 2, section 2.1). */
export interface Operation {
  /** Prefix bytes before REX. */
  readonly prefixes?: readonly number[];
  /** REX.W: 64-bit operands. */
  readonly wide?: boolean;
  /** A REX byte even if it has no bit set, for SPL, BPL, SIL and DIL. */
  readonly forceRex?: boolean;
  readonly opcode: readonly number[];
  /** ModRM.reg: a register's number or an opcode extension. */
  readonly reg: number;
  /** ModRM.rm: a register's number or a memory operand. */
  readonly rm: number | MemoryOperand;
  readonly immediate?: readonly number[];
}

/** Encodes an instruction with a ModRM byte. */
export function encode(operation: Operation): Instruction {
  const { reg, rm, immediate = [] } = operation;
  const head = [...(operation.prefixes ?? [])];
  const rex = rexBits(operation.wide === true, reg, rm);
  if (rex !== 0 || operation.forceRex) head.push(0x40 | rex);
  head.push(...operation.opcode);
  if (typeof rm === 'number') return plain([...head, modRm(3, reg, rm), ...immediate]);
  if (!('label' in rm)) return plain([...head, ...memoryBytes(reg, rm), ...immediate]);
  head.push(modRm(0, reg, 5));
  return relative32([...head, 0, 0, 0, 0, ...immediate], head.length, rm.label);
}

/** An instruction without references. */
export function plain(bytes: readonly number[]): Instruction {
  return { bytes: Uint8Array.from(bytes) };
}

/** An instruction whose 32 bits at `offset` are the distance from its end to a label. */
export function relative32(bytes: readonly number[], offset: number, label: string): Instruction {
  return relative(bytes, offset, 4, label);
}

/** An instruction whose last byte is the distance from its end to a label. */
export function relative8(bytes: readonly number[], label: string): Instruction {
  return relative(bytes, bytes.length - 1, 1, label);
}

function relative(bytes: readonly number[], offset: number, size: 1 | 4, label: string): Instruction {
  const end = BigInt(bytes.length);
  return {
    bytes: Uint8Array.from(bytes),
    reference: {
      label,
      patch(target, address, place) {
        const distance = BigInt.asIntN(64, place - address - end);
        if (BigInt.asIntN(8 * size, distance) !== distance) {
          throw new RangeError(`${label} is ${distance} bytes away, too far for ${8 * size} bits`);
        }
        for (let i = 0; i < size; i++) target[offset + i] = Number((distance >> BigInt(8 * i)) & 0xffn);
      },
    },
  };
}

/** Opcode with a register in its low three bits, such as `push`. */
export function encodeInOpcode(opcode: number, register: number, wide = false): number[] {
  const rex = (wide ? 8 : 0) | (register >> 3);
  return [...(rex === 0 ? [] : [0x40 | rex]), opcode | (register & 7)];
}

/** The four bytes of a signed or unsigned 32-bit immediate. */
export function immediate32(value: number): number[] {
  if (!Number.isInteger(value) || value < -0x8000_0000 || value > 0xffff_ffff) {
    throw new RangeError(`${value} does not fit 32 bits`);
  }
  return [value & 0xff, (value >> 8) & 0xff, (value >> 16) & 0xff, (value >>> 24) & 0xff];
}

/** The four bytes of an immediate the processor extends by its sign. */
export function signed32(value: number): number[] {
  if (value > 0x7fff_ffff) throw new RangeError(`${value} does not fit 32 bits with sign`);
  return immediate32(value);
}

export function fitsSigned8(value: number): boolean {
  return Number.isInteger(value) && value >= -128 && value <= 127;
}

function rexBits(wide: boolean, reg: number, rm: number | MemoryOperand): number {
  let rex = (wide ? 8 : 0) | ((reg >> 3) << 2);
  if (typeof rm === 'number') rex |= rm >> 3;
  else if (!('label' in rm)) rex |= (((rm.index ?? 0) >> 3) << 1) | ((rm.base ?? 0) >> 3);
  return rex;
}

function modRm(mod: number, reg: number, rm: number): number {
  return (mod << 6) | ((reg & 7) << 3) | (rm & 7);
}

function memoryBytes(reg: number, operand: Exclude<MemoryOperand, { label: string }>): number[] {
  const { base, index, scale, displacement } = operand;
  const sibIndex = (index ?? 4) & 7;
  const sib = (Math.log2(scale) << 6) | (sibIndex << 3) | ((base ?? 5) & 7);
  // Without a base, mod 0 with SIB base 5 means a 32-bit displacement alone.
  if (base === undefined) return [modRm(0, reg, 4), sib, ...signed32(displacement)];
  // RSP and R12 in ModRM.rm mean "SIB follows", so as bases they need one.
  const needsSib = index !== undefined || (base & 7) === gpr.rsp;
  // RBP and R13 with mod 0 mean "displacement alone", so as bases they need a displacement of zero.
  const size = displacement === 0 && (base & 7) !== gpr.rbp ? 0 : fitsSigned8(displacement) ? 1 : 2;
  const bytes = [modRm(size, reg, needsSib ? 4 : base)];
  if (needsSib) bytes.push(sib);
  if (size === 1) bytes.push(displacement & 0xff);
  if (size === 2) bytes.push(...signed32(displacement));
  return bytes;
}
