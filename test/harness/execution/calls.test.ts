import { describe, expect, it } from 'vitest';
import type { CodeFunction } from '../../../generators/assembly/index.ts';
import type { Item } from '../../../generators/assembly/item.ts';
import * as a64 from '../../../generators/encoder/aarch64/index.ts';
import * as x86 from '../../../generators/encoder/x86-64/index.ts';
import type { Stack } from '../../../generators/program.ts';
import { execute, mainStack } from './execution.ts';

const { rax, rbx, rcx, rdi, rsp, r12 } = x86.gpr;
const { x0, x1, x17, x19, x29, x30, sp } = a64.registers;
const [rbxColumn, rspColumn] = [3, 7];

/** Functions without CFI: the truth must not need any. */
const code = (name: string, ...items: Item[]): CodeFunction => ({ name, items, uncovered: true });
const label = (name: string): Item => ({ label: name });

describe('calls and returns', () => {
  const functions = [
    code('entry', x86.push(rbx), x86.movImmediate(rbx, 7), x86.call('callee'), label('back'), x86.pop(rbx), x86.ret()),
    code('callee', x86.push(rbx), x86.movImmediate(rbx, 9), x86.pop(rbx), x86.ret()),
  ];

  it('put the caller behind its callee from the first instruction to the last', () => {
    const { at, labels, outcome, stops } = execute('x86-64', functions);
    expect(outcome).toMatchObject({ outcome: 'finished', executed: 9 });
    const entry = at('entry')[0]!;
    const inCallee = stops.filter(({ pc }) => pc >= labels.get('callee')!);
    expect(inCallee).toHaveLength(4);
    for (const { callers, ending, depth } of inCallee) {
      expect(callers.map(({ kind }) => kind)).toEqual(['caller', 'sentinel']);
      expect(callers[0]).toMatchObject({ pc: labels.get('back'), sp: entry.sp - 8n });
      expect(callers[0]!.registers[rbxColumn]).toBe(7n);
      expect(callers[1]!.registers[rbxColumn]).toBe(entry.registers[rbxColumn]);
      expect([ending, depth]).toEqual(['no-info', 2]);
    }
    const back = at('back')[0]!;
    expect(back.callers.map(({ kind }) => kind)).toEqual(['sentinel']);
    expect([at('callee')[0]!.transfer, back.transfer, inCallee[1]!.transfer]).toEqual([true, true, false]);
  });

  it('start from the sentinel with random registers from the seed and the run', () => {
    const one = execute('x86-64', functions).stops[0]!;
    const again = execute('x86-64', functions).stops[0]!;
    const other = execute('x86-64', functions, { index: 1 }).stops[0]!;
    expect(again).toEqual(one);
    expect(other.registers[rbxColumn]).not.toBe(one.registers[rbxColumn]);
    expect(one.callers[0]).toMatchObject({ kind: 'sentinel', sp: one.sp + 8n });
    expect(new Set(one.registers).size).toBe(one.registers.length);
  });

  it('compare SP, PC and what a callee preserves', () => {
    const [entry] = execute('x86-64', functions).stops;
    expect(entry!.callers[0]!.compared).toEqual([3, 6, 7, 12, 13, 14, 15, 16]);
    const [arm] = execute('aarch64', [code('entry', a64.ret())]).stops;
    expect(arm!.callers[0]!.compared).toEqual(
      [19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 31, 32].concat([34, 35, 36, 37, 38, 39, 40, 41]),
    );
  });

  it('are not told by counting: a jump to another function leaves its caller behind', () => {
    const { at, labels, outcome } = execute('x86-64', [
      code('entry', x86.call('first'), label('back'), x86.ret()),
      code('first', x86.jmp('second')),
      code('second', x86.lea(rax, x86.place('third')), x86.jmpRegister(rax)),
      code('third', x86.ret()),
    ]);
    expect(outcome.outcome).toBe('finished');
    for (const name of ['first', 'second', 'third']) {
      expect(at(name)[0]!.callers[0]!.pc).toBe(labels.get('back'));
      expect(at(name)[0]!.depth).toBe(2);
    }
  });

  it('are returned from by any jump to the resumption with its SP', () => {
    const { at, outcome } = execute('aarch64', [
      code('entry', a64.mov(x19, x30), a64.bl('callee'), label('back'), a64.br(x19)),
      code('callee', a64.mov(x17, x30), a64.br(x17)),
    ]);
    // x19 is callee-saved and the entry changed it.
    expect(at('back')[0]!.depth).toBe(1);
    expect(outcome).toMatchObject({ outcome: 'abi', detail: expect.stringContaining('x19') });
  });

  it('with authenticated return addresses give the truth unsigned', () => {
    const { at, labels, outcome } = execute('aarch64', [
      code(
        'entry',
        a64.paciasp(),
        a64.stp(x29, x30, a64.preIndex(sp, -16)),
        a64.bl('callee'),
        label('back'),
        a64.ldp(x29, x30, a64.postIndex(sp, 16)),
        a64.retaa(),
      ),
      code('callee', a64.pacibsp(), a64.retab()),
    ]);
    expect(outcome.outcome).toBe('finished');
    const inside = at('callee', 4)[0]!;
    expect(inside.registers[30]).not.toBe(labels.get('back'));
    expect(inside.callers[0]!.pc).toBe(labels.get('back'));
  });

  it('through a stack of frames may be skipped: longjmp drops those below the new SP', () => {
    const { at, outcome } = execute('x86-64', [
      code(
        'entry',
        x86.push(rbx),
        x86.mov(rbx, rsp),
        x86.call('middle'),
        label('never'),
        label('landed'),
        x86.pop(rbx),
        x86.ret(),
      ),
      code('middle', x86.push(r12), x86.call('inner'), x86.pop(r12), x86.ret()),
      code('inner', x86.lea(rax, x86.place('landed')), x86.mov(rsp, rbx), label('leaving'), x86.jmpRegister(rax)),
    ]);
    expect(at('inner')[0]!.depth).toBe(3);
    // The frame of `middle` goes with its memory, before the jump has been made.
    expect(at('leaving')[0]!.depth).toBe(2);
    expect(at('landed')[0]!.callers.map(({ kind }) => kind)).toEqual(['sentinel']);
    expect(outcome.outcome).toBe('finished');
  });
});

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

describe('what looks like a call or a return', () => {
  it('a call of the next instruction leaves no caller once its return address is popped', () => {
    const { at, stops, outcome } = execute('x86-64', [
      code('entry', x86.call('here'), label('here'), x86.pop(rax), label('popped'), x86.nop(), x86.ret()),
    ]);
    expect(outcome.outcome).toBe('finished');
    expect(at('here')[0]!.sp).toBe(stops[0]!.sp - 8n);
    expect(at('here')[0]!.depth).toBe(2);
    expect(at('popped')[0]!.callers.map(({ kind }) => kind)).toEqual(['sentinel']);
  });

  it('a call of a function that lies behind the call is a call', () => {
    const { at, labels, stops } = execute('x86-64', [
      code('entry', x86.push(rbx), x86.call('exits')),
      { ...code('exits', x86.push(rbx), x86.mov32Immediate(rax, 60), x86.syscall()), align: 1 },
    ]);
    for (const { callers } of stops.slice(2)) {
      expect(callers.map(({ kind }) => kind)).toEqual(['caller', 'sentinel']);
      expect(callers[0]!.pc).toBe(labels.get('exits'));
    }
    expect(at('exits')).toHaveLength(1);
    const arm = execute('aarch64', [
      code('entry', a64.bl('exits')),
      { ...code('exits', a64.nop(), a64.movz(a64.registers.x8, 93), a64.svc()), align: 4 },
    ]);
    for (const { depth } of arm.stops.slice(1)) expect(depth).toBe(2);
    expect(arm.at('exits')[0]!.callers[0]!.pc).toBe(arm.labels.get('exits'));
  });

  it('a direct jump to where a caller resumes is no return', () => {
    // `g` jumps to what follows the call that does not return, with the SP of that call.
    const { at, labels, outcome } = execute('aarch64', [
      code('entry', a64.mov(a64.registers.x9, x30), a64.bl('f')),
      { ...code('h', a64.nop(), a64.br(a64.registers.x9)), align: 4 },
      code('f', a64.b('h')),
    ]);
    expect(at('h')[0]!.callers.map(({ kind }) => kind)).toEqual(['caller', 'sentinel']);
    expect(at('h')[0]!.callers[0]!.pc).toBe(labels.get('h'));
    expect(outcome.outcome).toBe('abi');
  });

  it('a return address popped early keeps its caller behind, as in vfork', () => {
    const { at, labels, outcome } = execute('x86-64', [
      code('entry', x86.call('forks'), label('back'), x86.ret()),
      code('forks', x86.pop(rcx), label('popped'), x86.nop(), x86.jmpRegister(rcx)),
    ]);
    expect(outcome.outcome).toBe('finished');
    expect(at('popped')[0]!.callers[0]!.pc).toBe(labels.get('back'));
    expect(at('back')[0]!.depth).toBe(1);
  });

  it('a direct jump out of dead frames drops them', () => {
    const { at, outcome } = execute('x86-64', [
      code(
        'entry',
        x86.push(rbx),
        x86.mov(rbx, rsp),
        x86.call('callee'),
        x86.nop(),
        label('landed'),
        x86.pop(rbx),
        x86.ret(),
      ),
      code('callee', x86.addImmediate(rsp, 8), x86.jmp('landed')),
    ]);
    // SP is what the caller's was at the call, and the jump leads out of the callee.
    expect(at('landed')[0]!.depth).toBe(1);
    expect(outcome.outcome).toBe('finished');
    const { at: further, outcome: whole } = execute('x86-64', [
      code(
        'entry',
        x86.push(rbx),
        x86.push(rbx),
        x86.mov(rbx, rsp),
        x86.call('callee'),
        label('landed'),
        x86.pop(rbx),
        x86.ret(),
      ),
      code('callee', x86.addImmediate(rsp, 16), x86.jmp('landed')),
    ]);
    expect(further('landed')[0]!.depth).toBe(1);
    expect(whole.outcome).toBe('finished');
  });
});

describe('what an unwinder may read', () => {
  it('ends at the red zone on x86-64', () => {
    const { stops } = execute('x86-64', [code('entry', x86.push(rbx), x86.pop(rbx), x86.ret())], {
      probes: [-136, -128, 0, 8],
    });
    for (const { readable } of stops) expect([...readable.values()]).toEqual([false, true, true, true]);
  });

  it('ends at SP on AArch64', () => {
    const { stops } = execute(
      'aarch64',
      [code('entry', a64.str(x30, a64.preIndex(sp, -16)), a64.ldr(x30, a64.postIndex(sp, 16)), a64.ret())],
      { probes: [-8, 0] },
    );
    for (const { readable } of stops) expect([...readable.values()]).toEqual([false, true]);
  });
});

describe('stacks', () => {
  const second = { name: 'second', start: 0x7f00_0000_0000n, size: 0x4000 } as const;
  const end = second.start + BigInt(second.size);
  const functions = [
    code('entry', x86.call('switch'), label('back'), x86.call('switch'), x86.ret()),
    code(
      'switch',
      x86.push(rbx),
      x86.mov(rbx, rsp),
      x86.movabs(rsp, end),
      label('switched'),
      x86.call('callee'),
      label('returned'),
      x86.mov(rsp, rbx),
      label('home'),
      x86.pop(rbx),
      x86.ret(),
    ),
    code('callee', x86.push(rcx), x86.pop(rcx), x86.ret()),
  ];

  it('have shadow stacks of their own: behind a second one is whoever switched to it', () => {
    const { at, labels, outcome } = execute('x86-64', functions, {
      stacks: [mainStack, { ...second, behind: 'switcher' }],
    });
    expect(outcome.outcome).toBe('finished');
    const kinds = ['caller', 'caller', 'sentinel'];
    expect(at('callee')).toHaveLength(2);
    for (const { callers } of at('callee')) {
      expect(callers.map(({ kind }) => kind)).toEqual(kinds);
      expect(callers[0]).toMatchObject({ pc: labels.get('returned'), sp: end });
    }
    expect(at('callee')[0]!.callers[1]!.pc).toBe(labels.get('back'));
    expect(at('callee')[1]!.callers[1]!.pc).toBe(labels.get('back')! + 5n);
    expect(at('home')[0]!.depth).toBe(2);
  });

  it('end where the program says that nobody is behind them', () => {
    const { at } = execute('x86-64', functions, { stacks: [mainStack, { ...second, behind: 'nobody' }] });
    expect(at('callee')[0]!.callers.map(({ kind }) => kind)).toEqual(['caller']);
    expect(at('callee')[0]!.ending).toBe('root');
    expect(at('home')[0]!.depth).toBe(2);
  });

  it('are unreadable as long as nobody has frames on them', () => {
    const probe = execute('x86-64', functions, { stacks: [mainStack, { ...second, behind: 'switcher' }] });
    const distance = Number(end - 64n - probe.at('entry')[0]!.sp);
    const { at } = execute('x86-64', functions, {
      stacks: [mainStack, { ...second, behind: 'switcher' }],
      probes: [distance],
    });
    expect([...at('entry')[0]!.readable.values()]).toEqual([false]);
  });

  it('are unreadable again once they have been left without frames on them', () => {
    const stacks = [mainStack, { ...second, behind: 'switcher' }] as const;
    const home = execute('x86-64', functions, { stacks }).at('home')[0]!;
    const { at } = execute('x86-64', functions, { stacks, probes: [Number(end - 8n - home.sp)] });
    expect([...at('home')[0]!.readable.values()]).toEqual([false]);
  });

  it('keep the frames of others through jumps, wherever in memory they are', () => {
    const above = { name: 'above', start: 0x7fff_0000_0000n, size: 0x4000, behind: 'switcher' } as const;
    const jumping = [
      code('entry', x86.call('switch'), label('back'), x86.ret()),
      code(
        'switch',
        x86.push(rbx),
        x86.mov(rbx, rsp),
        x86.movabs(rsp, above.start + BigInt(above.size)),
        x86.lea(rax, x86.place('direct')),
        x86.jmpRegister(rax),
        x86.nop(),
        label('direct'),
        x86.jmp('landed'),
        x86.nop(),
        label('landed'),
        x86.mov(rsp, rbx),
        x86.pop(rbx),
        x86.ret(),
      ),
    ];
    const { at, labels, outcome } = execute('x86-64', jumping, { stacks: [mainStack, above] });
    expect(outcome.outcome).toBe('finished');
    for (const name of ['direct', 'landed']) {
      expect(at(name)[0]!.callers.map(({ kind }) => kind)).toEqual(['caller', 'sentinel']);
      expect(at(name)[0]!.callers[0]!.pc).toBe(labels.get('back'));
    }
  });

  it('that are symmetric coroutines keep their frames while others run', () => {
    // The coroutine yields from within a call, and is resumed from another depth.
    const exchange = (name: string, saved: string): CodeFunction =>
      code(
        name,
        x86.push(rbx),
        x86.load(rax, x86.place('variable')),
        x86.store(x86.place('variable'), rsp),
        label(saved),
        x86.mov(rsp, rax),
        x86.pop(rbx),
        x86.ret(),
      );
    const { at, outcome, labels } = execute(
      'x86-64',
      [
        code(
          'entry',
          // The coroutine's stack: a popped rbx and a return to its body.
          x86.movabs(rcx, end - 16n),
          x86.lea(rax, x86.place('body')),
          x86.store(x86.at(rcx, 8), rax),
          x86.store(x86.at(rcx), rbx),
          x86.store(x86.place('variable'), rcx),
          x86.call('exchange'),
          label('first'),
          x86.call('deeper'),
          x86.ret(),
        ),
        code('deeper', x86.call('exchange'), label('second'), x86.ret()),
        exchange('exchange', 'exchange.switch'),
        code('body', x86.call('yields'), label('unreached'), x86.ud2()),
        code('yields', x86.call('exchange'), label('resumed'), x86.call('exchange'), x86.ud2()),
      ],
      { stacks: [mainStack, { ...second, behind: 'switcher' }] },
    );
    expect(outcome.outcome).toBe('finished');
    // First time: behind the body is the entry's call of exchange.
    expect(at('body')[0]!.callers.map(({ pc }) => pc)).toContain(labels.get('first'));
    // Resumed by `deeper`: its frames are behind the coroutine's own now.
    const resumed = at('resumed')[0]!.callers.map(({ pc }) => pc);
    expect(resumed.slice(0, 2)).toEqual([labels.get('unreached'), labels.get('second')]);
    expect(at('second')[0]!.depth).toBe(2);
  });

  it('that are coroutines stay behind those they have resumed, and are as before once these yield', () => {
    const third: Stack = { ...second, name: 'third', start: second.start + 0x10_0000n, behind: 'switcher' };
    const inner = third.start + BigInt(third.size);
    /** Keeps SP on the stack's own place and goes on with another one. */
    const swap = (name: string, own: string, other: string): CodeFunction =>
      code(
        name,
        x86.lea(rax, x86.place('variable')),
        x86.store(x86.at(rax, spOf[own]!), rsp),
        x86.load(rsp, x86.at(rax, spOf[other]!)),
        x86.ret(),
      );
    const spOf: Readonly<Record<string, number>> = { main: 0, outer: 8, inner: 16 };
    const enter = (name: string, own: string, top: bigint, body: string): CodeFunction =>
      code(
        name,
        x86.lea(rax, x86.place('variable')),
        x86.store(x86.at(rax, spOf[own]!), rsp),
        x86.movabs(rsp, top),
        x86.call(body),
        label(`${name}.end`),
        x86.ud2(),
      );
    const { at, outcome, labels } = execute(
      'x86-64',
      [
        code('entry', x86.call('enterOuter'), label('once'), x86.call('main>outer'), label('twice'), x86.ret()),
        enter('enterOuter', 'main', end, 'outer'),
        enter('enterInner', 'outer', inner, 'inner'),
        code(
          'outer',
          ...[x86.call('enterInner'), label('yielded'), x86.call('outer>main'), label('again')],
          ...[x86.call('outer>inner'), label('last'), x86.call('outer>main'), x86.ud2()],
        ),
        code('inner', x86.call('inner>outer'), label('inside'), x86.call('inner>outer'), x86.ud2()),
        swap('main>outer', 'main', 'outer'),
        swap('outer>main', 'outer', 'main'),
        swap('outer>inner', 'outer', 'inner'),
        swap('inner>outer', 'inner', 'outer'),
      ],
      { stacks: [mainStack, { ...second, behind: 'switcher' }, third] },
    );
    expect(outcome.outcome).toBe('finished');
    const callers = (place: string) =>
      at(place)[0]!
        .callers.slice(0, -1)
        .map(({ pc }) => pc);
    const labelled = (...names: string[]) => names.map((name) => labels.get(name));
    expect(callers('yielded')).toEqual(labelled('enterOuter.end', 'once'));
    // Resumed from elsewhere: what is behind the outer one has changed, and with it what is behind the inner one.
    expect(callers('again')).toEqual(labelled('enterOuter.end', 'twice'));
    expect(callers('inside')).toEqual(labelled('enterInner.end', 'last', 'enterOuter.end', 'twice'));
    expect(callers('last')).toEqual(labelled('enterOuter.end', 'twice'));
    expect(at('twice')[0]!.depth).toBe(1);
  });
});

describe('a run', () => {
  it('ends at the limit of instructions', () => {
    const { outcome, stops } = execute('x86-64', [code('entry', x86.jmp('entry'))], { limit: 100 });
    expect(outcome).toMatchObject({ outcome: 'limit', executed: 100 });
    expect(stops).toHaveLength(100);
  });

  it('ends with a fault that says where', () => {
    const { outcome, labels } = execute('x86-64', [
      code('entry', x86.movImmediate(rax, 64), label('bad'), x86.load(rax, x86.at(rax))),
    ]);
    expect(outcome).toMatchObject({ outcome: 'fault', executed: 2 });
    expect(outcome.detail).toContain(`0x${labels.get('bad')!.toString(16)}`);
  });

  it('ends with the exit system call, or says which one it does not know', () => {
    const call = (number: number) => [
      code('entry', x86.mov32Immediate(rax, number), x86.mov32Immediate(rdi, 42), x86.syscall()),
    ];
    expect(execute('x86-64', call(60)).outcome).toMatchObject({ outcome: 'finished', exitStatus: 42n, executed: 3 });
    expect(execute('x86-64', call(231)).outcome).toMatchObject({ outcome: 'finished', exitStatus: 42n });
    expect(execute('x86-64', call(1)).outcome).toMatchObject({
      outcome: 'system-call',
      detail: expect.stringContaining('system call 1 '),
    });
    expect(execute('x86-64', call(15)).outcome.outcome).toBe('system-call');
  });

  it('ends when a function has not preserved a register', () => {
    const { outcome } = execute('x86-64', [
      code('entry', x86.call('callee'), x86.ret()),
      code('callee', x86.movImmediate(rbx, 1), x86.ret()),
    ]);
    expect(outcome).toMatchObject({ outcome: 'abi', detail: expect.stringContaining('rbx') });
  });

  it('ends when SP leaves every stack', () => {
    const { outcome } = execute('x86-64', [code('entry', x86.movImmediate(rsp, 64), x86.nop())]);
    expect(outcome).toMatchObject({ outcome: 'fault', detail: expect.stringContaining('in no stack') });
  });

  it('starts as the kernel starts a program, with nobody behind it', () => {
    const { stops, outcome } = execute(
      'aarch64',
      [code('entry', a64.ldr(x1, a64.offset(sp)), a64.movz(a64.registers.x8, 93), a64.mov(x0, x1), a64.svc())],
      { run: () => ({ start: 'jump' }) },
    );
    expect(outcome).toMatchObject({ outcome: 'finished', exitStatus: 0n });
    for (const { callers, ending } of stops) expect([callers, ending]).toEqual([[], 'root']);
  });

  it('finds its memory as it was at the start, whatever runs came before', () => {
    // What is below SP and a variable, both left changed.
    const functions = [
      code(
        'entry',
        x86.load(rax, x86.at(rsp, -64)),
        x86.addMemory(rax, x86.place('variable')),
        x86.store(x86.at(rsp, -64), rdi),
        x86.store(x86.place('variable'), rdi),
        label('end'),
        x86.ret(),
      ),
    ];
    const first = execute('x86-64', functions, { index: 3 });
    const second = execute('x86-64', functions, { index: 3, earlier: 2 });
    expect(first.at('end')[0]!.registers[0]).toBe(second.at('end')[0]!.registers[0]);
    expect(first.at('end')[0]!.registers[rspColumn]).toBe(second.at('end')[0]!.registers[rspColumn]);
  });
});

describe('arguments', () => {
  it.each([
    ['x86-64', [5, 4, 1, 2, 8, 9], x86.ret()],
    ['aarch64', [0, 1, 2, 3, 4, 5, 6, 7], a64.ret()],
  ] as const)(
    'are in the registers that pass them on %s, and more of them are refused',
    (architecture, columns, ret) => {
      const values = columns.map((column) => 0x1_0000_0000n + BigInt(column));
      const enter = (args: readonly bigint[]) =>
        execute(architecture, [code('entry', ret)], { run: () => ({ arguments: args }) });
      const [first] = enter(values).stops;
      expect(columns.map((column) => first!.registers[column])).toEqual(values);
      expect(() => enter([...values, 0n])).toThrow(`at most ${columns.length} arguments`);
    },
  );
});
