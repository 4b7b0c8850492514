import { describe, expect, it } from 'vitest';
import type { ArchitectureName } from '../../../engine/architecture/index.ts';
import type { Instruction } from '../../../generators/assembly/index.ts';
import * as a64 from '../../../generators/encoder/aarch64/index.ts';
import * as x86 from '../../../generators/encoder/x86-64/index.ts';
import { disassemble } from '../../../harness/disassembly/index.ts';
import { flowsOf as aarch64Flows } from '../../../harness/model/flow/aarch64.ts';
import { compute, copy, literal, memoryAt, type Place, register, sum } from '../../../harness/model/flow/flow.ts';
import { flowsOf as x86_64Flows } from '../../../harness/model/flow/x86-64.ts';

const at = 0x401000n;
const [rax, rcx, rbx, rbp, rsp, r12] = [0, 2, 3, 6, 7, 12].map(register) as [Place, Place, Place, Place, Place, Place];
const [x9, x19, x20, x29, x30, sp, d8] = [9, 19, 20, 29, 30, 31, 34].map(register) as [
  Place, Place, Place, Place, Place, Place, Place,
]; // biome-ignore format: a list of seven
const { gpr } = x86;
const { registers } = a64;

function effect(architecture: ArchitectureName, { bytes }: Instruction) {
  const [instruction] = disassemble(architecture, bytes, at);
  return (architecture === 'x86-64' ? x86_64Flows : aarch64Flows)(instruction!);
}

describe('flowsOf on x86-64', () => {
  it.each([
    ['push rbx', x86.push(gpr.rbx), [copy(memoryAt(7, -8n), rbx), sum(rsp, [rsp, 1n])]],
    ['pop r12', x86.pop(gpr.r12), [sum(rsp, [rsp, 1n]), copy(r12, memoryAt(7, 0n))]],
    ['mov rbp, rsp', x86.mov(gpr.rbp, gpr.rsp), [copy(rbp, rsp)]],
    ['leave', x86.leave(), [copy(rbp, memoryAt(6, 0n)), sum(rsp, [rbp, 1n])]],
    ['mov [rsp + 24], rbx', x86.store(x86.at(gpr.rsp, 24), gpr.rbx), [copy(memoryAt(7, 24n), rbx)]],
    ['mov rbx, [rbp - 8]', x86.load(gpr.rbx, x86.at(gpr.rbp, -8)), [copy(rbx, memoryAt(6, -8n))]],
    ['lea rsp, [rbp - 16]', x86.lea(gpr.rsp, x86.at(gpr.rbp, -16)), [sum(rsp, [rbp, 1n])]],
    ['and rsp, -32', x86.andImmediate(gpr.rsp, -32), [compute(rsp, rsp, literal(-32n))]],
    ['xchg rax, rbx', x86.xchg(gpr.rax, gpr.rbx), [copy(rax, rbx), copy(rbx, rax)]],
    ['xor rcx, rcx', x86.xor(gpr.rcx, gpr.rcx), [compute(rcx)]],
    ['cmp rax, rcx', x86.cmp(gpr.rax, gpr.rcx), []],
    ['ret', x86.ret(), [sum(rsp, [rsp, 1n])]],
  ] as const)('knows %s', (_text, instruction, flows) => {
    const { unknown, flows: actual } = effect('x86-64', instruction);
    expect(unknown).toBeUndefined();
    expect(actual.map((flow) => JSON.stringify(flow, bigints)).sort()).toEqual(
      flows.map((flow) => JSON.stringify(flow, bigints)).sort(),
    );
  });

  it('puts the return address of a call on the stack', () => {
    const { flows, isCall } = effect('x86-64', x86.callRegister(gpr.rax));
    expect(isCall).toBe(true);
    expect(flows[0]).toEqual(copy(memoryAt(7, -8n), literal(at + 2n)));
  });
});

describe('flowsOf on AArch64', () => {
  it.each([
    [
      'stp x29, x30, [sp, #-32]!',
      a64.stp(registers.x29, registers.x30, a64.preIndex(registers.sp, -32)),
      [copy(memoryAt(31, -32n), x29), copy(memoryAt(31, -24n), x30), sum(sp, [sp, 1n])],
    ],
    [
      'ldp x19, x20, [sp], #16',
      a64.ldp(registers.x19, registers.x20, a64.postIndex(registers.sp, 16)),
      [copy(x19, memoryAt(31, 0n)), copy(x20, memoryAt(31, 8n)), sum(sp, [sp, 1n])],
    ],
    ['str x19, [sp, #8]', a64.str(registers.x19, a64.offset(registers.sp, 8)), [copy(memoryAt(31, 8n), x19)]],
    ['fmov d8, x9', a64.fmov(a64.dRegisters[8]!, registers.x9), [copy(d8, x9)]],
    ['mov x29, sp', a64.mov(registers.x29, registers.sp), [copy(x29, sp)]],
    ['paciasp', a64.paciasp(), [{ how: 'sign', to: x30, from: [x30] }]],
    ['autibsp', a64.autibsp(), [{ how: 'authenticate', to: x30, from: [x30] }]],
    ['retaa', a64.retaa(), []],
    ['blr x9', a64.blr(registers.x9), [copy(x30, literal(at + 4n))]],
  ] as const)('knows %s', (_text, instruction, flows) => {
    const { unknown, flows: actual } = effect('aarch64', instruction);
    expect(unknown).toBeUndefined();
    expect(actual).toEqual(flows);
  });
});

function bigints(_key: string, value: unknown): unknown {
  return typeof value === 'bigint' ? `0x${value.toString(16)}` : value;
}
