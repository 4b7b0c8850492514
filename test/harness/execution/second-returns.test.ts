import { describe, expect, it } from 'vitest';
import * as a64 from '../../../generators/encoder/aarch64/index.ts';
import * as x86 from '../../../generators/encoder/x86-64/index.ts';
import { code, execute, label } from './execution.ts';

const { rdi, rsp } = x86.gpr;
const { x29, x30, sp } = a64.registers;

describe('a second return', () => {
  const { rdx, r10, r11 } = x86.gpr;
  const { x2, x10, x11, x12 } = a64.registers;
  const saveLink = a64.stp(x29, x30, a64.preIndex(sp, -16));
  const restoreLink = a64.ldp(x29, x30, a64.postIndex(sp, 16));

  it('of a call ends those made since, also where SP is the same (setjmp and longjmp in one function)', () => {
    const on86 = execute('x86-64', [
      code(
        'entry',
        x86.xor32(rdx, rdx),
        x86.call('mark'),
        label('marked'),
        x86.test(rdx, rdx),
        x86.jcc('ne', 'end'),
        x86.inc(rdx),
        x86.call('leave'),
        x86.ud2(),
        label('end'),
        x86.ret(),
      ),
      code('mark', x86.load(r10, x86.at(rsp)), x86.lea(r11, x86.at(rsp, 8)), x86.ret()),
      code('leave', x86.push(rdi), x86.mov(rsp, r11), x86.jmpRegister(r10)),
    ]);
    const onArm = execute('aarch64', [
      code(
        'entry',
        saveLink,
        a64.movz(x2, 0),
        a64.bl('mark'),
        label('marked'),
        a64.cbnz(x2, 'end'),
        a64.movz(x2, 1),
        a64.bl('leave'),
        a64.udf(),
        label('end'),
        restoreLink,
        a64.ret(),
      ),
      code('mark', a64.mov(x10, x30), a64.mov(x11, sp), a64.ret()),
      code('leave', a64.mov(sp, x11), a64.br(x10)),
    ]);
    for (const { at, outcome } of [on86, onArm]) {
      expect(at('marked').map(({ callers }) => callers.map(({ kind }) => kind))).toEqual([['sentinel'], ['sentinel']]);
      expect(at('leave')[0]!.depth).toBe(2);
      expect(at('end')[0]!.depth).toBe(1);
      expect(outcome.outcome).toBe('finished');
    }
  });

  it('of a call in one of several activations ends what that one has called since', () => {
    const { x3 } = a64.registers;
    const on86 = execute('x86-64', [
      code('entry', x86.xor32(rdx, rdx), x86.call('recurse'), x86.ret()),
      code(
        'recurse',
        ...[x86.push(rdi), x86.inc(rdx), x86.call('mark'), label('marked'), x86.test(rdx, rdx), x86.jcc('e', 'end')],
        // The third activation jumps to the mark of the second.
        ...[x86.cmpImmediate(rdx, 3), x86.jcc('ne', 'deeper'), x86.xor32(rdx, rdx)],
        ...[x86.mov(rsp, r11), x86.jmpRegister(r10)],
        ...[label('deeper'), x86.call('recurse'), label('end'), x86.pop(rdi), x86.ret()],
      ),
      code(
        'mark',
        ...[x86.cmpImmediate(rdx, 2), x86.jcc('ne', 'over'), x86.load(r10, x86.at(rsp)), x86.lea(r11, x86.at(rsp, 8))],
        ...[label('over'), x86.ret()],
      ),
    ]);
    const onArm = execute('aarch64', [
      code('entry', saveLink, a64.movz(x2, 0), a64.bl('recurse'), restoreLink, a64.ret()),
      code(
        'recurse',
        ...[saveLink, a64.addImmediate(x2, x2, 1), a64.bl('mark'), label('marked'), a64.cbz(x2, 'end')],
        ...[a64.subImmediate(x3, x2, 3), a64.cbnz(x3, 'deeper'), a64.movz(x2, 0)],
        ...[a64.mov(sp, x11), a64.br(x10)],
        ...[label('deeper'), a64.bl('recurse'), label('end'), restoreLink, a64.ret()],
      ),
      code(
        'mark',
        ...[a64.subImmediate(x3, x2, 2), a64.cbnz(x3, 'over'), a64.mov(x10, x30), a64.mov(x11, sp)],
        ...[label('over'), a64.ret()],
      ),
    ]);
    for (const { at, outcome } of [on86, onArm]) {
      const marked = at('marked').map(({ callers }) => callers.map(({ pc, sp: callerSp }) => [pc, callerSp]));
      expect(marked.map(({ length }) => length)).toEqual([2, 3, 4, 3]);
      expect(marked[3]).toEqual(marked[1]);
      expect(outcome.outcome).toBe('finished');
    }
  });

  it('is none where a call returned in an earlier activation', () => {
    const { at, outcome } = execute('aarch64', [
      code('entry', saveLink, a64.movz(x2, 0), a64.bl('twice'), a64.movz(x2, 1), a64.bl('via'), restoreLink, a64.ret()),
      // Calls once, then jumps to where that call returned to, in an activation with the same SP, but one frame deeper.
      code(
        'twice',
        a64.mov(x12, x30),
        a64.adr(x10, 'place'),
        a64.cbnz(x2, 'jump'),
        a64.bl('nothing'),
        label('place'),
        a64.ret(x12),
        label('jump'),
        a64.br(x10),
      ),
      code('via', a64.mov(x11, x30), a64.bl('twice'), a64.ret(x11)),
      code('nothing', a64.ret()),
    ]);
    expect(at('place').map(({ depth }) => depth)).toEqual([2, 3]);
    expect(outcome.outcome).toBe('finished');
  });
});
