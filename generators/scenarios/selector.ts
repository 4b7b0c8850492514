import type { ArchitectureName } from '../../engine/architecture/index.ts';
import type { Instruction, Item } from '../assembly/index.ts';
import * as a64 from '../encoder/aarch64/index.ts';
import * as x86 from '../encoder/x86-64/index.ts';
import { selectorLabel } from '../function/writer.ts';

const { rax, rdx } = x86.gpr;
const { x9, x10, xzr } = a64.registers;

/** Gives the selector a value below 2^15. Scratch registers and flags change, here and below. */
export function setSelector(architecture: ArchitectureName, value: number): Item[] {
  if (architecture === 'x86-64') {
    return [x86.mov32Immediate(rax, value), x86.store(x86.place(selectorLabel), rax)];
  }
  return [a64.adr(x10, selectorLabel), a64.movz(x9, value), a64.str(x9, a64.offset(x10))];
}

/** Takes one off the selector. */
export function decrementSelector(architecture: ArchitectureName): Item[] {
  if (architecture === 'x86-64') {
    const cell = x86.place(selectorLabel);
    return [x86.load(rax, cell), x86.subImmediate(rax, 1), x86.store(cell, rax)];
  }
  return [
    a64.adr(x10, selectorLabel),
    a64.ldr(x9, a64.offset(x10)),
    a64.subImmediate(x9, x9, 1),
    a64.str(x9, a64.offset(x10)),
  ];
}

/** Takes one off the selector and jumps unless it was 0. */
export function countDown(architecture: ArchitectureName, label: string): Item[] {
  const jump = architecture === 'x86-64' ? [x86.jcc('ns', label)] : [a64.cmpRegister(x9, xzr), a64.bCond('ge', label)];
  return [...decrementSelector(architecture), ...jump];
}

/** Jumps where the selector has a value below 2^12. */
export function ifSelectorIs(architecture: ArchitectureName, value: number, label: string): Item[] {
  if (architecture === 'x86-64') {
    return [x86.load(rax, x86.place(selectorLabel)), x86.cmpImmediate(rax, value), x86.jcc('e', label)];
  }
  return [
    a64.adr(x10, selectorLabel),
    a64.ldr(x9, a64.offset(x10)),
    a64.cmpImmediate(x9, value),
    a64.bCond('eq', label),
  ];
}

/** Jumps through a table of addresses, which lies behind the jump, to the label that the selector is the index of. */
export function dispatch(architecture: ArchitectureName, table: string, labels: readonly string[]): Item[] {
  const jump =
    architecture === 'x86-64'
      ? [
          x86.load(rax, x86.place(selectorLabel)),
          x86.lea(rdx, x86.place(table)),
          x86.jmpMemory(x86.indexed(rdx, rax, 8), 'notrack'),
        ]
      : [
          a64.adr(x10, selectorLabel),
          a64.ldr(x9, a64.offset(x10)),
          a64.adr(x10, table),
          a64.ldr(x10, a64.indexed(x10, x9, true)),
          a64.br(x10),
        ];
  return [...jump, { label: table }, ...labels.map((label) => ({ data: addressOfLabel(label) }))];
}

/** Eight bytes that hold the address of a label. */
function addressOfLabel(label: string): Instruction {
  return {
    bytes: new Uint8Array(8),
    reference: {
      label,
      patch: (bytes, _address, target) => new DataView(bytes.buffer).setBigUint64(0, target, true),
    },
  };
}
