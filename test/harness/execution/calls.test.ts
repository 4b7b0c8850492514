import { describe, expect, it } from 'vitest';
import * as a64 from '../../../generators/encoder/aarch64/index.ts';
import * as x86 from '../../../generators/encoder/x86-64/index.ts';
import { code, execute, label } from './execution.ts';

const { rax, rbx, rcx, rsp, r12 } = x86.gpr;
const { x17, x19, x29, x30, sp } = a64.registers;
const rbxColumn = 3;

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
