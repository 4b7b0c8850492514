import { gpr, type Register } from './registers.ts';

/** A memory operand: `[base + index * scale + displacement]`, or the place of a label, relative to RIP. */
export type MemoryOperand =
  | {
      readonly base?: Register;
      readonly index?: Register;
      readonly scale: 1 | 2 | 4 | 8;
      /** Signed, 32 bits. */
      readonly displacement: number;
    }
  | { readonly label: string };

/** `[base + displacement]` */
export function at(base: Register, displacement = 0): MemoryOperand {
  return { base, scale: 1, displacement };
}

/** `[base + index * scale + displacement]`; throws a RangeError for RSP, which cannot be an index. */
export function indexed(base: Register, index: Register, scale: 1 | 2 | 4 | 8 = 1, displacement = 0): MemoryOperand {
  if (index === gpr.rsp) throw new RangeError('rsp cannot be an index register');
  return { base, index, scale, displacement };
}

/** `[index * scale + displacement]`; throws a RangeError for RSP, which cannot be an index. */
export function scaled(index: Register, scale: 1 | 2 | 4 | 8, displacement = 0): MemoryOperand {
  if (index === gpr.rsp) throw new RangeError('rsp cannot be an index register');
  return { index, scale, displacement };
}

/** `[rip + label]` */
export function place(label: string): MemoryOperand {
  return { label };
}
