import { type Architecture, aarch64, x86_64 } from '../../../engine/index.ts';
import type { Instruction } from '../../../generators/assembly/item.ts';
import type { Emulator, EmulatorEnd } from '../../../harness/emulator/emulator.ts';
import { unicornFactory } from '../../../harness/emulator/unicorn.ts';
import { readColumn, writeColumn } from '../../../harness/truth/address.ts';

export const codeAddress = 0x40_0000n;
export const stackAddress = 0x7000_0000n;
export const stackTop = stackAddress + 0xff00n;

/** A processor with code at `codeAddress` (or elsewhere) and a stack, and what can be seen of it. */
export interface Processor {
  readonly emulator: Emulator;
  readonly code: Uint8Array;
  readonly stack: Uint8Array;
  set(column: number, value: bigint): void;
  get(column: number): bigint;
  /** Runs from the PC until `until` says so; returns the PCs of the instructions the hook saw. */
  run(until?: (pc: bigint, seen: number) => boolean): { readonly pcs: bigint[]; readonly end: EmulatorEnd };
}

export function processor(
  architecture: Architecture,
  instructions: readonly Instruction[],
  { seed = 'test', address = codeAddress, stack: stackStart = stackAddress } = {},
): Processor {
  const emulator = unicornFactory().open(architecture, seed);
  const code = new Uint8Array(new SharedArrayBuffer(0x1000));
  let offset = 0;
  for (const { bytes } of instructions) {
    code.set(bytes, offset);
    offset += bytes.length;
  }
  const stack = new Uint8Array(new SharedArrayBuffer(0x10000));
  emulator.map({ address, bytes: code, readable: true, writable: false, executable: true });
  emulator.map({ address: stackStart, bytes: stack, readable: true, writable: true, executable: false });
  const { registers } = emulator;
  registers.fill(0);
  writeColumn(registers, architecture.sp, stackStart + 0xff00n);
  writeColumn(registers, architecture.pc, address);
  return {
    emulator,
    code,
    stack,
    set: (column, value) => writeColumn(registers, column, value),
    get: (column) => readColumn(registers, column),
    run: (until = () => false) => {
      const pcs: bigint[] = [];
      emulator.writeRegisters();
      const end = emulator.run(() => {
        const pc = readColumn(registers, architecture.pc);
        if (until(pc, pcs.length)) return false;
        pcs.push(pc);
        return true;
      });
      return { pcs, end };
    },
  };
}

export { aarch64, x86_64 };
