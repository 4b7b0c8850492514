import { describe, expect, it } from 'vitest';
import * as a64 from '../../../generators/encoder/aarch64/index.ts';
import * as x86 from '../../../generators/encoder/x86-64/index.ts';
import { code, execute, label } from './execution.ts';

const { rax, rbx, rdi, rsp } = x86.gpr;
const { x0, x1, sp } = a64.registers;
const rspColumn = 7;

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
