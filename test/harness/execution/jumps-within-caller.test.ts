import { describe, expect, it } from 'vitest';
import type { Item } from '../../../generators/assembly/item.ts';
import * as a64 from '../../../generators/encoder/aarch64/index.ts';
import * as x86 from '../../../generators/encoder/x86-64/index.ts';
import { code, execute, label } from './execution.ts';

const { rax, rbx, rsp } = x86.gpr;
const { x29, x30, sp } = a64.registers;

describe('a jump out of a callee to another place of its caller, with the SP of the call', () => {
  const { rdx } = x86.gpr;
  const { x2, x9, x10 } = a64.registers;
  const saveLink = a64.stp(x29, x30, a64.preIndex(sp, -16));
  const restoreLink = a64.ldp(x29, x30, a64.postIndex(sp, 16));

  it.each([
    ['in the same part', []],
    ['in a cold part, also its first instruction', ['entry.cold']],
  ])('ends the callee (%s)', (_, parts) => {
    const cold = (...items: Item[]) => parts.map((name) => code(name, label('pad'), ...items));
    const hot = (items: Item[]) => (parts.length > 0 ? [] : items);
    const onX86 = execute('x86-64', [
      code(
        'entry',
        ...[x86.push(rbx), x86.lea(rax, x86.place('pad')), x86.mov(rdx, rsp), x86.call('thrower'), x86.ud2()],
        ...hot([label('pad'), x86.nop(), x86.pop(rbx), x86.ret()]),
      ),
      code('thrower', x86.mov(rsp, rdx), label('leaving'), x86.jmpRegister(rax)),
      ...cold(x86.nop(), x86.pop(rbx), x86.ret()),
    ]);
    const onA64 = execute('aarch64', [
      code(
        'entry',
        ...[saveLink, a64.adr(x9, 'pad'), a64.mov(x10, sp), a64.bl('thrower'), a64.udf()],
        ...hot([label('pad'), a64.nop(), restoreLink, a64.ret()]),
      ),
      code('thrower', a64.subImmediate(sp, sp, 32), a64.mov(sp, x10), label('leaving'), a64.br(x9)),
      ...cold(a64.nop(), restoreLink, a64.ret()),
    ]);
    for (const { at, outcome } of [onX86, onA64]) {
      expect(at('leaving')[0]!.depth).toBe(2);
      expect(at('pad')[0]!.callers.map(({ kind }) => kind)).toEqual(['sentinel']);
      expect(outcome.outcome).toBe('finished');
    }
  });

  it('ends all callees that pushed nothing', () => {
    const { at, outcome } = execute('aarch64', [
      code('entry', saveLink, a64.adr(x9, 'pad'), a64.bl('middle'), a64.udf(), label('pad'), restoreLink, a64.ret()),
      code('middle', a64.mov(x10, x30), a64.bl('thrower'), a64.ret(x10)),
      code('thrower', a64.br(x9)),
    ]);
    expect(at('thrower')[0]!.depth).toBe(3);
    expect(at('pad')[0]!.depth).toBe(1);
    expect(outcome.outcome).toBe('finished');
  });

  it('is an ordinary jump where it leads to the start of the caller: that is called last', () => {
    const { at, outcome } = execute('aarch64', [
      code('entry', a64.adr(x9, 'recursive'), a64.movz(x2, 0), saveLink, a64.bl('recursive'), restoreLink, a64.ret()),
      code('recursive', a64.cbnz(x2, 'end'), saveLink, a64.bl('other'), restoreLink, label('end'), a64.ret()),
      code('other', a64.movz(x2, 1), a64.br(x9)),
    ]);
    expect(at('recursive').map(({ depth }) => depth)).toEqual([2, 3]);
    expect(at('end').map(({ depth }) => depth)).toEqual([3, 2]);
    expect(outcome.outcome).toBe('finished');
  });

  it('is an ordinary jump within a function that calls itself', () => {
    const { at, outcome } = execute('aarch64', [
      code('entry', a64.adr(x9, 'case'), a64.movz(x2, 0), saveLink, a64.bl('recursive'), restoreLink, a64.ret()),
      code(
        'recursive',
        ...[a64.cbnz(x2, 'jump'), saveLink, a64.movz(x2, 1), a64.bl('recursive'), restoreLink, a64.ret()],
        ...[label('jump'), a64.br(x9), label('case'), a64.ret()],
      ),
    ]);
    expect(at('case').map(({ depth }) => depth)).toEqual([3]);
    expect(outcome.outcome).toBe('finished');
  });

  it('is an ordinary jump where it is direct and SP does not tell', () => {
    // The part without a name belongs to the function that calls itself.
    const { at, outcome } = execute('aarch64', [
      code('entry', a64.movz(x2, 0), saveLink, a64.bl('recursive'), restoreLink, a64.ret()),
      code(
        'recursive',
        ...[a64.cbnz(x2, 'part'), saveLink, a64.movz(x2, 1), a64.bl('recursive'), restoreLink, a64.ret()],
        ...[label('back'), a64.ret()],
      ),
      code('part', a64.b('back')),
    ]);
    expect(at('back').map(({ depth }) => depth)).toEqual([3]);
    expect(outcome.outcome).toBe('finished');
  });
});
