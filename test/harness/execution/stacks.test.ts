import { describe, expect, it } from 'vitest';
import type { CodeFunction } from '../../../generators/assembly/index.ts';
import * as a64 from '../../../generators/encoder/aarch64/index.ts';
import * as x86 from '../../../generators/encoder/x86-64/index.ts';
import type { Stack } from '../../../generators/program.ts';
import { code, execute, label, mainStack } from './execution.ts';

const { rax, rbx, rcx, rsp } = x86.gpr;
const { x30, sp } = a64.registers;

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
