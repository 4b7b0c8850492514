import type { Instruction } from '../../../../generators/assembly/item.ts';
import * as x64 from '../../../../generators/encoder/x86-64/index.ts';

/** An encoded instruction and its text in Intel syntax, where `{target}` stands for the place of its label. */
export interface Case {
  readonly text: string;
  readonly instruction: Instruction;
  /** Where its label lies, bytes from the instruction's start. */
  readonly distance?: number;
  /** What GNU as must be told to choose the same of several encodings, or to know the instruction at all. */
  readonly forAs?: string;
}

const { gpr } = x64;
const { rax, rsp, r8 } = gpr;
const registers = Object.values(gpr);
const xmms: readonly x64.Xmm[] = [0, 1, 7, 8, 15];
const immediates = [0, 1, -1, 16, 127, 128, -128, -129, 0x1000, 0x7fffffff, -0x80000000];
const displacements = [0, 8, -8, 127, 128, -128, -129, 0x12345, -0x80000000];

const q = (register: x64.Register) => x64.registerNames[register]!;
const d = (register: x64.Register) => (register < 8 ? `e${q(register).slice(1)}` : `${q(register)}d`);
const b = (register: x64.Register) => {
  if (register >= 8) return `${q(register)}b`;
  const letters = q(register).slice(1);
  return letters.endsWith('x') ? `${letters[0]}l` : `${letters}l`;
};
const signed = (value: number) => (value < 0 ? `- ${-value}` : `+ ${value}`);

const memories: { memory: x64.MemoryOperand; text: string }[] = [];
for (const base of registers) {
  for (const displacement of displacements) {
    memories.push({ memory: x64.at(base, displacement), text: `[${q(base)} ${signed(displacement)}]` });
  }
  for (const index of registers.filter((register) => register !== rsp)) {
    const scale = ([1, 2, 4, 8] as const)[(base + index) % 4]!;
    const displacement = displacements[(base * 3 + index) % displacements.length]!;
    const text = `[${q(base)} + ${q(index)}*${scale} ${signed(displacement)}]`;
    memories.push({ memory: x64.indexed(base, index, scale, displacement), text });
  }
  if (base !== rsp) {
    memories.push({ memory: x64.scaled(base, 8, 0x40), text: `[${q(base)}*8 + 64]` });
  }
}
const someMemories = memories.filter((_, i) => i % 17 === 0);

function* stack(): Generator<Case> {
  for (const r of registers) {
    yield { text: `push ${q(r)}`, instruction: x64.push(r) };
    yield { text: `pop ${q(r)}`, instruction: x64.pop(r) };
  }
  for (const value of immediates) yield { text: `push ${value}`, instruction: x64.pushImmediate(value) };
  for (const { memory, text } of someMemories) {
    yield { text: `push qword ptr ${text}`, instruction: x64.pushMemory(memory) };
    yield { text: `pop qword ptr ${text}`, instruction: x64.popMemory(memory) };
  }
  yield { text: 'leave', instruction: x64.leave() };
  for (const size of [0, 8, 0x7f, 0x80, 0x7fff]) yield { text: `enter ${size}, 0`, instruction: x64.enter(size) };
  yield { text: 'pushfq', instruction: x64.pushfq() };
  yield { text: 'popfq', instruction: x64.popfq() };
}

function* moves(): Generator<Case> {
  for (const to of registers) {
    for (const from of registers) {
      yield { text: `mov ${q(to)}, ${q(from)}`, instruction: x64.mov(to, from) };
      yield { text: `mov ${d(to)}, ${d(from)}`, instruction: x64.mov32(to, from) };
      // With RAX first, the short form is the same as with RAX second, which is how Capstone reads it; GNU as makes a
      // NOP of RAX with RAX.
      const [first, second] = to === rax ? [from, to] : [to, from];
      if (first === rax) continue;
      yield { text: `xchg ${q(first)}, ${q(second)}`, instruction: x64.xchg(to, from) };
    }
    for (const value of immediates) {
      yield { text: `mov ${q(to)}, ${value}`, instruction: x64.movImmediate(to, value) };
    }
    for (const value of [0, 1, 0x80000000, 0xffffffff]) {
      yield { text: `mov ${d(to)}, ${value}`, instruction: x64.mov32Immediate(to, value) };
    }
    for (const value of [0n, 0x123456789abcdef0n, 0xffffffffffffffffn]) {
      yield { text: `movabs ${q(to)}, ${value}`, instruction: x64.movabs(to, value) };
    }
    yield { text: `lea ${q(to)}, [rip + 305419896]`, instruction: x64.lea(to, x64.place('l')), distance: 0x1234567f };
    yield { text: `lea ${q(to)}, [rip - 16]`, instruction: x64.lea(to, x64.place('l')), distance: -9 };
  }
  const withImmediate = x64.storeImmediate(x64.place('l'), 5);
  yield { text: 'mov qword ptr [rip + 256], 5', instruction: withImmediate, distance: 256 + 11 };
  for (const [i, { memory, text }] of memories.entries()) {
    const r = registers[i % 16]!;
    yield { text: `mov ${q(r)}, qword ptr ${text}`, instruction: x64.load(r, memory) };
    yield { text: `mov ${d(r)}, dword ptr ${text}`, instruction: x64.load32(r, memory) };
    yield { text: `mov qword ptr ${text}, ${q(r)}`, instruction: x64.store(memory, r) };
    yield { text: `mov dword ptr ${text}, ${d(r)}`, instruction: x64.store32(memory, r) };
    yield { text: `lea ${q(r)}, ${text}`, instruction: x64.lea(r, memory) };
    yield { text: `xchg qword ptr ${text}, ${q(r)}`, instruction: x64.xchgMemory(memory, r) };
    const value = immediates[i % immediates.length]!;
    yield { text: `mov qword ptr ${text}, ${value}`, instruction: x64.storeImmediate(memory, value) };
  }
}

function* vectors(): Generator<Case> {
  for (const { memory, text } of someMemories) {
    for (const xmm of xmms) {
      yield { text: `movaps xmm${xmm}, xmmword ptr ${text}`, instruction: x64.movapsLoad(xmm, memory) };
      yield { text: `movaps xmmword ptr ${text}, xmm${xmm}`, instruction: x64.movapsStore(memory, xmm) };
      yield { text: `movups xmm${xmm}, xmmword ptr ${text}`, instruction: x64.movupsLoad(xmm, memory) };
      yield { text: `movups xmmword ptr ${text}, xmm${xmm}`, instruction: x64.movupsStore(memory, xmm) };
      yield { text: `movsd xmm${xmm}, qword ptr ${text}`, instruction: x64.movsdLoad(xmm, memory) };
      yield { text: `movsd qword ptr ${text}, xmm${xmm}`, instruction: x64.movsdStore(memory, xmm) };
    }
  }
}

function* arithmetic(): Generator<Case> {
  const { add, or, and, sub, xor, cmp, test, imul } = x64;
  const two = { add, or, and, sub, xor, cmp, test, imul };
  const { addImmediate, orImmediate, andImmediate, subImmediate, xorImmediate, cmpImmediate, testImmediate } = x64;
  const withImmediate = {
    add: addImmediate,
    or: orImmediate,
    and: andImmediate,
    sub: subImmediate,
    xor: xorImmediate,
    cmp: cmpImmediate,
    test: testImmediate,
  };
  const withMemory = { add: x64.addMemory, sub: x64.subMemory, cmp: x64.cmpMemory };
  for (const to of registers) {
    for (const from of registers) {
      for (const [name, encode] of Object.entries(two)) {
        yield { text: `${name} ${q(to)}, ${q(from)}`, instruction: encode(to, from) };
      }
      yield { text: `xor ${d(to)}, ${d(from)}`, instruction: x64.xor32(to, from) };
      const value = immediates[(to + from) % immediates.length]!;
      yield { text: `imul ${q(to)}, ${q(from)}, ${value}`, instruction: x64.imulImmediate(to, from, value) };
    }
    for (const value of immediates) {
      for (const [name, encode] of Object.entries(withImmediate)) {
        yield { text: `${name} ${q(to)}, ${value}`, instruction: encode(to, value) };
      }
    }
    yield { text: `inc ${q(to)}`, instruction: x64.inc(to) };
    yield { text: `dec ${q(to)}`, instruction: x64.dec(to) };
  }
  // A symbol defined later makes GNU as reserve 32 bits for a value that would do with 8.
  yield { text: 'sub rsp, 16', instruction: x64.subImmediate32(rsp, 16), forAs: 'sub rsp, offset sixteen' };
  for (const { memory, text } of someMemories) {
    for (const [name, encode] of Object.entries(withMemory)) {
      yield { text: `${name} r9, qword ptr ${text}`, instruction: encode(gpr.r9, memory) };
    }
    yield { text: `or qword ptr ${text}, 0`, instruction: x64.orMemoryImmediate8(memory, 0) };
    yield { text: `or qword ptr ${text}, -128`, instruction: x64.orMemoryImmediate8(memory, -128) };
  }
}

const conditions: readonly x64.Condition[] = [
  ...(['o', 'no', 'b', 'ae', 'e', 'ne', 'be', 'a'] as const),
  ...(['s', 'ns', 'p', 'np', 'l', 'ge', 'le', 'g'] as const),
];

function* branches(): Generator<Case> {
  const target = (text: string, instruction: Instruction, distance: number, prefix = ''): Case => ({
    text: `${text} {target}`,
    instruction,
    distance,
    forAs: `${prefix}${text} {target}`,
  });
  for (const distance of [0x10, -0x10, 0x1234567, -0x1234567, 0x7fffffff]) {
    yield target('jmp', x64.jmp('l'), distance, '{disp32} ');
    yield target('bnd jmp', x64.jmp('l', 'bnd'), distance, '{disp32} ');
    yield target('call', x64.call('l'), distance);
    for (const code of conditions) yield target(`j${code}`, x64.jcc(code, 'l'), distance, '{disp32} ');
  }
  for (const distance of [2, 0, 129, -126, 50]) {
    yield target('jmp', x64.jmpShort('l'), distance);
    for (const code of conditions) yield target(`j${code}`, x64.jccShort(code, 'l'), distance);
  }
  for (const r of registers) {
    for (const prefix of [undefined, 'bnd', 'notrack'] as const) {
      const before = prefix === undefined ? '' : `${prefix} `;
      yield { text: `${before}jmp ${q(r)}`, instruction: x64.jmpRegister(r, prefix) };
      yield { text: `${before}call ${q(r)}`, instruction: x64.callRegister(r, prefix) };
      const { memory, text } = someMemories[r]!;
      yield { text: `${before}jmp qword ptr ${text}`, instruction: x64.jmpMemory(memory, prefix) };
      yield { text: `${before}call qword ptr ${text}`, instruction: x64.callMemory(memory, prefix) };
    }
    for (const code of conditions) {
      yield { text: `set${code} ${b(r)}`, instruction: x64.setcc(code, r) };
      yield { text: `cmov${code} ${q(r)}, ${q(r8)}`, instruction: x64.cmov(code, r, r8) };
      yield { text: `cmov${code} ${q(rax)}, ${q(r)}`, instruction: x64.cmov(code, rax, r) };
    }
  }
  yield { text: 'jmp qword ptr [rip + 4096]', instruction: x64.jmpMemory(x64.place('l')), distance: 4096 + 6 };
  yield { text: 'call qword ptr [rip + 4096]', instruction: x64.callMemory(x64.place('l')), distance: 4096 + 6 };
  yield { text: 'ret', instruction: x64.ret() };
  yield { text: 'bnd ret', instruction: x64.ret('bnd') };
  yield { text: 'ret 8', instruction: x64.retPop(8) };
  yield { text: 'ret 65535', instruction: x64.retPop(0xffff) };
}

function* others(): Generator<Case> {
  yield { text: 'endbr64', instruction: x64.endbr64() };
  yield { text: 'syscall', instruction: x64.syscall() };
  yield { text: 'hlt', instruction: x64.hlt() };
  yield { text: 'ud2', instruction: x64.ud2() };
  yield { text: 'int3', instruction: x64.int3() };
  yield { text: 'nop', instruction: x64.nop() };
  yield { text: 'nop', instruction: x64.nop(2), forAs: 'xchg ax, ax' };
  const forms = [
    { text: 'dword ptr [rax]', forAs: 'nop' },
    { text: 'dword ptr [rax]', forAs: '{disp8} nop' },
    { text: 'dword ptr [rax + rax*1]', forAs: '{disp8} nop' },
    { text: 'word ptr [rax + rax*1]', forAs: '{disp8} nop' },
    { text: 'dword ptr [rax]', forAs: '{disp32} nop' },
    { text: 'dword ptr [rax + rax*1]', forAs: '{disp32} nop' },
    { text: 'word ptr [rax + rax*1]', forAs: '{disp32} nop' },
  ];
  for (const [i, { text, forAs }] of forms.entries()) {
    yield { text: `nop ${text}`, instruction: x64.nop(i + 3), forAs: `${forAs} ${text}` };
  }
}

export const encoderCases: readonly Case[] = [
  ...stack(),
  ...moves(),
  ...vectors(),
  ...arithmetic(),
  ...branches(),
  ...others(),
];

/** A case's bytes where its instruction lies at `address`. */
export function placed({ instruction, distance }: Case, address: bigint): Uint8Array {
  const { bytes, reference } = instruction;
  if (reference === undefined) return bytes;
  const patched = bytes.slice();
  reference.patch(patched, address, address + BigInt(distance!));
  return patched;
}
