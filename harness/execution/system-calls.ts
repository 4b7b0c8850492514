import type { Architecture } from '../../engine/index.ts';
import type { Emulator } from '../emulator/emulator.ts';
import type { SignalKernel } from '../signal/kernel.ts';
import type { CallArguments } from '../system/call.ts';
import type { Linux } from '../system/linux.ts';
import type { ProgramMemory } from '../system/memory.ts';
import type { AlternateStack } from '../system/signals.ts';
import { readColumn, writeColumn } from '../truth/address.ts';
import { StackRegion } from '../truth/stack-region.ts';

const rax = 0;
const rcx = 2;
const rdx = 1;
const r11 = 11;

/** The number and arguments of the system call that is about to be made. */
export function callOf(
  kernel: SignalKernel,
  registers: Uint32Array,
): { readonly number: number; readonly arguments: CallArguments } {
  const values = kernel.callArgumentColumns.map((column) => readColumn(registers, column));
  return {
    number: Number(readColumn(registers, kernel.numberColumn) & 0xffff_ffffn),
    arguments: values as unknown as CallArguments,
  };
}

/** A system call and its arguments for people. */
export function describeCall(linux: Linux, { number, arguments: values }: ReturnType<typeof callOf>): string {
  const list = values.map((value) => `0x${value.toString(16)}`).join(', ');
  return `system call ${number}, ${linux.nameOf(number)}(${list}),`;
}

/** The stack that handlers run on who ask for it, in memory of the program's. */
export function alternateRegion(
  architecture: Architecture,
  memory: ProgramMemory,
  { address, size }: AlternateStack,
): StackRegion {
  const range = memory.rangeOf(address)!;
  const offset = Number(address - range.address);
  const stack = { name: 'alternate', start: address, size, behind: 'nobody' } as const;
  return new StackRegion(architecture, stack, range.bytes.subarray(offset, offset + size));
}

/** The program goes on behind a system call of `size` bytes with its result. */
export function returnFromCall(
  architecture: Architecture,
  kernel: SignalKernel,
  emulator: Emulator,
  size: number,
  result: bigint,
): void {
  const { registers } = emulator;
  const behind = skip(architecture, registers, size);
  if (architecture.name === 'x86-64') {
    // SYSCALL keeps RIP and RFLAGS there (Intel SDM vol. 2).
    writeColumn(registers, rcx, behind);
    writeColumn(registers, r11, emulator.readFlags());
  }
  writeColumn(registers, kernel.resultColumn, result);
  emulator.writeRegisters();
}

/** Reads the processor's counter in place of the instruction at PC: RDTSC, RDTSCP, or `mrs` of a counter. */
export function readCounter(architecture: Architecture, emulator: Emulator, code: Uint8Array, ticks: bigint): void {
  const { registers } = emulator;
  skip(architecture, registers, code.byteLength);
  if (architecture.name === 'x86-64') {
    writeColumn(registers, rax, ticks & 0xffff_ffffn);
    writeColumn(registers, rdx, ticks >> 32n);
    // RDTSCP also says which processor it is.
    if (code.at(-1) === 0xf9) writeColumn(registers, rcx, 0n);
  } else {
    const register = code[0]! & 31;
    if (register !== 31) writeColumn(registers, register, ticks);
  }
  emulator.writeRegisters();
}

/** Moves PC behind the instruction; returns it. */
function skip({ pc }: Architecture, registers: Uint32Array, size: number): bigint {
  const behind = readColumn(registers, pc) + BigInt(size);
  writeColumn(registers, pc, behind);
  return behind;
}
