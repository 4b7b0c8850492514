import { describe, expect, it } from 'vitest';
import type { Instruction } from '../../../generators/assembly/item.ts';
import * as a64 from '../../../generators/encoder/aarch64/index.ts';
import * as x86 from '../../../generators/encoder/x86-64/index.ts';
import { Random } from '../../../generators/random.ts';
import { disassemble } from '../../../harness/disassembly/index.ts';
import { instructionKind as aarch64Kind } from '../../../harness/truth/instruction-kind/aarch64.ts';
import { InstructionKind } from '../../../harness/truth/instruction-kind/kind.ts';
import { instructionKind as x86_64Kind } from '../../../harness/truth/instruction-kind/x86-64.ts';

const { rax, rbx, r10, r12, rsp } = x86.gpr;

/** `ff /3`, whatever its prefixes. */
function isFarCall(bytes: Uint8Array): boolean {
  const opcode = bytes.findIndex(
    (byte) => (byte & 0xf0) !== 0x40 && !/^(66|67|f0|f2|f3|2e|36|3e|26|64|65)$/.test(byte.toString(16)),
  );
  return bytes[opcode] === 0xff && ((bytes[opcode + 1]! >> 3) & 7) === 3;
}

describe('calls and system calls of x86-64', () => {
  const calls: readonly [string, Instruction][] = [
    ['call label', x86.call('somewhere')],
    ['call rax', x86.callRegister(rax)],
    ['call r12', x86.callRegister(r12)],
    ['notrack call r10', x86.callRegister(r10, 'notrack')],
    ['bnd call rax', x86.callRegister(rax, 'bnd')],
    ['call [rsp + 8]', x86.callMemory(x86.at(rsp, 8))],
    ['call [r12 + rbx * 8]', x86.callMemory(x86.indexed(r12, rbx, 8))],
    ['call [rip + label]', x86.callMemory(x86.place('somewhere'))],
  ];
  it.each(calls)('%s', (_, { bytes }) => {
    expect(x86_64Kind(bytes, 0)).toBe(InstructionKind.call);
  });

  it('syscall', () => {
    expect(x86_64Kind(x86.syscall().bytes, 0)).toBe(InstructionKind.systemCall);
  });

  it.each([
    ['ret', x86.ret()],
    ['bnd ret', x86.ret('bnd')],
    ['ret 16', x86.retPop(16)],
    ['jmp r12', x86.jmpRegister(r12)],
    ['notrack jmp rax', x86.jmpRegister(rax, 'notrack')],
    ['jmp [rsp + 8]', x86.jmpMemory(x86.at(rsp, 8))],
  ])('%s may return', (_, { bytes }) => {
    expect(x86_64Kind(bytes, 0)).toBe(InstructionKind.indirect);
  });

  it.each([
    ['jmp label', x86.jmp('x')],
    ['jne label', x86.jcc('ne', 'x')],
    ['inc rax', x86.inc(rax)],
  ])('%s may not', (_, { bytes }) => {
    expect(x86_64Kind(bytes, 0)).toBe(InstructionKind.other);
  });

  it.each([
    ['mov [rsp], rax', '48890424', InstructionKind.losesReturn],
    ['mov [rsp], r11', '4c891c24', InstructionKind.losesReturn],
    ['lea rsp, [rsp + 8]', '488d642408', InstructionKind.losesReturn],
    ['add rsp, 8', '4883c408', InstructionKind.losesReturn],
    ['mov [rsp], eax', '890424', InstructionKind.other],
    ['mov [r12], rax', '49890424', InstructionKind.other],
    ['mov [rsp + 8], rax', '4889442408', InstructionKind.other],
    ['mov rax, [rsp]', '488b0424', InstructionKind.other],
    ['add rsp, 16', '4883c410', InstructionKind.other],
    ['sub rsp, 8', '4883ec08', InstructionKind.other],
  ])('%s as the first instruction called', (_, hex, kind) => {
    expect(x86_64Kind(Buffer.from(hex, 'hex'), 0)).toBe(kind);
  });

  it('are told from jumps and from everything else as Capstone tells them', () => {
    const random = new Random('instruction kinds');
    let seen = 0;
    for (let i = 0; i < 40_000; i++) {
      const bytes = Uint8Array.from({ length: 15 }, () => random.u32());
      // Half of them begin where calls and jumps are.
      if (random.chance(0.5)) bytes[0] = random.pick([0xff, 0xe8, 0x41, 0x0f, 0xf2, 0x3e, 0x66]);
      const [instruction] = disassemble('x86-64', bytes, 0n);
      // Far calls push a segment, too; no program of ours makes one.
      if (instruction === undefined || isFarCall(bytes)) continue;
      const kind = x86_64Kind(bytes, 0);
      expect([kind === InstructionKind.call, bytes.subarray(0, instruction.size)]).toEqual([
        instruction.groups.call,
        bytes.subarray(0, instruction.size),
      ]);
      if (instruction.groups.call) seen++;
    }
    expect(seen).toBeGreaterThan(500);
  });
});

describe('calls and system calls of AArch64', () => {
  it('are told as Capstone tells them', () => {
    const random = new Random('instruction kinds');
    let calls = 0;
    for (let i = 0; i < 40_000; i++) {
      const word = random.chance(0.5)
        ? random.u32()
        : (random.pick([0x94000000, 0xd63f0000, 0xd61f0000, 0xd65f0000, 0xd63f0800, 0xd73f0800, 0xd4000001]) |
            random.below(0x400)) >>>
          0;
      const bytes = new Uint8Array(4);
      new DataView(bytes.buffer).setUint32(0, word, true);
      const [instruction] = disassemble('aarch64', bytes, 0n);
      if (instruction === undefined) continue;
      const isCall = /^blr?(aa|ab)?z?$/.test(instruction.mnemonic);
      expect([aarch64Kind(bytes, 0) === InstructionKind.call, word.toString(16)]).toEqual([isCall, word.toString(16)]);
      expect(aarch64Kind(bytes, 0) === InstructionKind.systemCall).toBe(instruction.mnemonic === 'svc');
      const isIndirect = /^(br|ret)(aa|ab)?z?$/.test(instruction.mnemonic);
      expect([aarch64Kind(bytes, 0) === InstructionKind.indirect, word.toString(16)]).toEqual([
        isIndirect,
        word.toString(16),
      ]);
      if (isCall) calls++;
    }
    expect(calls).toBeGreaterThan(500);
  });

  it('bl, blr and svc of the encoder', () => {
    expect(aarch64Kind(a64.bl('x').bytes, 0)).toBe(InstructionKind.call);
    expect(aarch64Kind(a64.blr(a64.registers.x9).bytes, 0)).toBe(InstructionKind.call);
    expect(aarch64Kind(a64.br(a64.registers.x9).bytes, 0)).toBe(InstructionKind.indirect);
    for (const { bytes } of [a64.ret(), a64.retaa(), a64.retab()]) {
      expect(aarch64Kind(bytes, 0)).toBe(InstructionKind.indirect);
    }
    expect(aarch64Kind(a64.b('x').bytes, 0)).toBe(InstructionKind.other);
    expect(aarch64Kind(a64.svc(3).bytes, 0)).toBe(InstructionKind.systemCall);
  });
});
