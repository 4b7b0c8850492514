import type { ArchitectureName } from '../../../engine/architecture/index.ts';
import * as a64 from '../../encoder/aarch64/index.ts';
import type { Random } from '../../random.ts';
import { aarch64Transferred } from '../rules/aarch64-machine.ts';
import { machineOf } from '../rules/machine-of.ts';
import type { Frame } from './frame.ts';

const { sp } = a64.registers;

/** DWARF numbers of d8–d15. */
export const calleeSavedVectors: readonly number[] = a64.dRegisters.slice(8, 16).map((d) => a64.dwarfNumber(d));

/** DWARF number of the register that compilers use as frame pointer. */
export const framePointer: Readonly<Record<ArchitectureName, number>> = { 'x86-64': 6, aarch64: 29 };

/** Rounds up to what SP must be aligned to. */
export const align16 = (bytes: number): number => Math.ceil(bytes / 16) * 16;

/**
 * Callee-saved registers to save, in no particular order; on AArch64 with x30 where the function calls another one.
 * `except` are left out.
 */
export function chosenRegisters(
  random: Random,
  architecture: ArchitectureName,
  next: string | undefined,
  count: number,
  except: readonly number[] = [],
): number[] {
  const { calleeSaved, returnAddress } = machineOf(architecture);
  const registers = random.shuffle(calleeSaved.filter((register) => !except.includes(register))).slice(0, count);
  return architecture === 'aarch64' && next !== undefined ? random.shuffle([returnAddress, ...registers]) : registers;
}

/** The size of a frame in which `bytes` lie below the CFA, with SP aligned as a call wants it. */
export function frameSize(frame: Frame, bytes: number): number {
  return align16(bytes + frame.depth) - frame.depth;
}

/** Two by two, the last one alone where they are odd. */
export function pairsOf(registers: readonly number[]): readonly (readonly number[])[] {
  const pairs: number[][] = [];
  for (let i = 0; i < registers.length; i += 2) pairs.push(registers.slice(i, i + 2));
  return pairs;
}

/** AArch64: the registers of a pair are of one kind. */
export function kindsOf(registers: readonly number[]): readonly (readonly number[])[] {
  return [registers.filter((register) => register < 64), registers.filter((register) => register >= 64)];
}

/** AArch64: stores one or two registers by one instruction. Nothing is said but that SP moved. */
export function storeTogether(frame: Frame, registers: readonly number[], address: a64.ImmediateAddress): void {
  const [first, second] = registers.map(aarch64Transferred);
  if (first === undefined) return;
  frame.emit(second === undefined ? a64.str(first, address) : a64.stp<typeof first>(first, second, address));
  if (address.mode === 'pre') frame.moved(-address.offset);
  const lowest = address.mode === 'offset' ? address.offset : 0;
  registers.forEach((register, i) => {
    frame.placed(register, lowest + 8 * i);
  });
}

/** AArch64: loads what `storeTogether` stored at SP + `fromSp`. Nothing is said. */
export function loadTogether(frame: Frame, registers: readonly number[], fromSp: number): void {
  load(frame, registers, a64.offset(sp, fromSp));
}

/** AArch64: loads what lies at SP and frees `bytes` by one instruction; says that the registers are back. */
export function popTogether(frame: Frame, registers: readonly number[], bytes: number): void {
  load(frame, registers, a64.postIndex(sp, bytes));
  frame.restored(...registers);
  frame.moved(-bytes);
}

function load(frame: Frame, registers: readonly number[], address: a64.ImmediateAddress): void {
  const [first, second] = registers.map(aarch64Transferred);
  if (first === undefined) return;
  frame.emit(second === undefined ? a64.ldr(first, address) : a64.ldp<typeof first>(first, second, address));
}
