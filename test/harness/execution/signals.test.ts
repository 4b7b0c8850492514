import { describe, expect, it } from 'vitest';
import * as a64 from '../../../generators/encoder/aarch64/index.ts';
import * as x86 from '../../../generators/encoder/x86-64/index.ts';
import { code, execute, label, mainStack } from './execution.ts';

const { rax, rbx, rcx, rdx, r12, rsp } = x86.gpr;
const { x2, x8, x9, x10, x19, x30, sp } = a64.registers;

const trampoline = {
  'x86-64': code('trampoline', x86.movImmediate(rax, 15), x86.syscall()),
  aarch64: code('trampoline', a64.movz(x8, 139), a64.svc()),
};
const functions = {
  'x86-64': [
    code(
      'entry',
      x86.movImmediate(rcx, 0x1234),
      x86.cmp(rcx, rcx),
      label('interrupted'),
      x86.jcc('e', 'equal'),
      x86.ud2(),
      label('equal'),
      x86.ret(),
    ),
    code(
      'handler',
      x86.push(rbx),
      x86.movImmediate(rbx, 1),
      x86.movImmediate(rcx, 2),
      x86.cmp(rbx, rcx),
      label('inside'),
      x86.pop(rbx),
      x86.ret(),
    ),
    trampoline['x86-64'],
  ],
  aarch64: [
    code(
      'entry',
      a64.movz(x9, 0x1234),
      a64.fmov(a64.dRegisters[0]!, x9),
      a64.cmpRegister(x9, x9),
      label('interrupted'),
      a64.bCond('eq', 'equal'),
      a64.udf(),
      label('equal'),
      a64.fmov(x10, a64.dRegisters[0]!),
      label('end'),
      a64.ret(),
    ),
    code(
      'handler',
      a64.stp(x19, x30, a64.preIndex(sp, -16)),
      a64.movz(x19, 1),
      a64.movz(x9, 2),
      a64.fmov(a64.dRegisters[0]!, x9),
      a64.cmpRegister(x19, x9),
      label('inside'),
      a64.ldp(x19, x30, a64.postIndex(sp, 16)),
      a64.ret(),
    ),
    trampoline.aarch64,
  ],
};
const pcColumn = { 'x86-64': 16, aarch64: 32 };
const signalAt =
  (at: string, handler = 'handler', stack?: string) =>
  (address: (name: string) => bigint) => ({
    signals: [
      {
        at: address(at),
        occurrence: 1,
        handler: address(handler),
        trampoline: address('trampoline'),
        ...(stack === undefined ? {} : { stack }),
      },
    ],
  });

describe('a signal on x86-64', () => {
  const seen = execute('x86-64', functions['x86-64'], { run: signalAt('interrupted') });
  const { at, labels, stops } = seen;

  it('returns to the interrupted instruction with everything as it was, flags included', () => {
    expect(seen.outcome.outcome).toBe('finished');
    expect(at('equal')[0]!.registers[2]).toBe(0x1234n);
    expect(at('interrupted')).toHaveLength(1);
    expect(stops.map(({ pc }) => pc)).not.toContain(labels.get('equal')! - 2n);
  });

  it('puts the trampoline and the interrupted frame behind the handler', () => {
    const inside = at('inside')[0]!;
    expect(inside.callers.map(({ kind }) => kind)).toEqual(['trampoline', 'interrupted', 'sentinel']);
    const [behind, interrupted] = inside.callers;
    expect(behind!.pc).toBe(labels.get('trampoline'));
    expect(behind!.sp).toBe(at('handler')[0]!.sp + 8n);
    expect(behind!.compared).toEqual([3, 6, 7, 12, 13, 14, 15, 16]);
    expect(interrupted!.compared).toEqual(Array.from({ length: 17 }, (_, column) => column));
    // What the interrupted instruction saw when it executed at last.
    expect(interrupted!.registers).toEqual(at('interrupted')[0]!.registers);
  });

  it('has the interrupted frame alone behind the trampoline', () => {
    const [first] = at('trampoline');
    expect(first!.callers.map(({ kind }) => kind)).toEqual(['interrupted', 'sentinel']);
    expect(first!.sp).toBe(at('handler')[0]!.sp + 8n);
  });

  it('builds its frame below the red zone, aligned as if it had been called', () => {
    const handlerSp = at('handler')[0]!.sp;
    expect(handlerSp).toBeLessThan(at('interrupted')[0]!.sp - 128n);
    expect(handlerSp % 16n).toBe(8n);
  });
});

describe('a signal on AArch64', () => {
  const preserved = functions.aarch64;
  const seen = execute('aarch64', preserved, { run: signalAt('interrupted') });
  const { at, labels } = seen;

  it('returns to the interrupted instruction with everything as it was, flags and vectors included', () => {
    expect(seen.outcome.outcome).toBe('finished');
    expect(at('equal')[0]!.registers[9]).toBe(0x1234n);
    expect(at('end')[0]!.registers[10]).toBe(0x1234n);
  });

  it('puts the trampoline and the interrupted frame behind the handler', () => {
    const [behind, interrupted, sentinel] = at('inside')[0]!.callers;
    expect([behind!.kind, interrupted!.kind, sentinel!.kind]).toEqual(['trampoline', 'interrupted', 'sentinel']);
    expect(behind).toMatchObject({ pc: labels.get('trampoline'), sp: at('handler')[0]!.sp });
    expect(interrupted!.compared).toContain(30);
    expect(interrupted!.compared).toContain(34);
    expect(interrupted!.compared).not.toContain(33);
    expect(interrupted!.registers).toEqual(at('interrupted')[0]!.registers);
  });

  it('gives the handler a frame record of the interrupted frame', () => {
    const handler = at('handler')[0]!;
    expect(handler.registers[30]).toBe(labels.get('trampoline'));
    expect(handler.registers[29]).toBeGreaterThan(handler.sp);
    // The trampoline's x29 is what the kernel set, not what was interrupted.
    expect(handler.callers[0]!.registers[29]).toBe(handler.registers[29]);
    expect(handler.callers[1]!.registers[29]).not.toBe(handler.registers[29]);
  });
});

describe.each(['x86-64', 'aarch64'] as const)('signals on %s', (architecture) => {
  const own = functions[architecture];

  it('leave what is live alone and overwrite the dead stack, their own frame and more', () => {
    const run = { run: signalAt('interrupted') };
    const quiet = execute(architecture, own, { memory: true });
    const loud = execute(architecture, own, { ...run, memory: true });
    const before = quiet.at('interrupted')[0]!;
    const after = loud.at('handler')[0]!;
    const redZone = architecture === 'x86-64' ? 128 : 0;
    const offset = Number(before.sp - mainStack.start);
    const frame = Number(after.sp - mainStack.start);
    // Live: everything from SP (less the red zone) upwards is as it was.
    expect(after.stack!.subarray(offset - redZone)).toEqual(before.stack!.subarray(offset - redZone));
    // Dead: nearly every word between the frame and SP has changed, and so has what is just below the frame.
    const changed = (from: number, to: number) => {
      let words = 0;
      for (let at = from & ~7; at + 8 <= to; at += 8) {
        if (!Buffer.from(after.stack!.subarray(at, at + 8)).equals(before.stack!.subarray(at, at + 8))) words++;
      }
      return words / Math.floor((to - from) / 8);
    };
    expect(changed(frame, offset - redZone)).toBeGreaterThan(0.95);
    expect(changed(frame - 256, frame)).toBe(1);
  });

  it('return to a trampoline that directly follows the handler', () => {
    const align = architecture === 'x86-64' ? 1 : 4;
    const body = architecture === 'x86-64' ? [x86.nop(), x86.ret()] : [a64.nop(), a64.ret()];
    const close = [own[0]!, { ...code('handler', ...body), align }, { ...trampoline[architecture], align }];
    const { at, labels, outcome } = execute(architecture, close, { run: signalAt('interrupted') });
    const size = body.reduce((sum, { bytes }) => sum + BigInt(bytes.length), 0n);
    expect(labels.get('trampoline')).toBe(labels.get('handler')! + size);
    expect(at('trampoline')[0]!.callers.map(({ kind }) => kind)).toEqual(['interrupted', 'sentinel']);
    expect(outcome.outcome).toBe('finished');
  });

  it('may interrupt the first instruction, and there the caller is behind already', () => {
    const call = architecture === 'x86-64' ? [x86.call('entry'), x86.ret()] : [a64.mov(x9, x30), a64.bl('entry')];
    const outer = code('outer', ...(architecture === 'x86-64' ? call : [...call, a64.ret(x9)]));
    const list = architecture === 'x86-64' ? [outer, ...own] : [outer, ...own];
    const { at } = execute(architecture, list, { run: signalAt('entry') });
    expect(at('inside')[0]!.callers.map(({ kind }) => kind)).toEqual([
      'trampoline',
      'interrupted',
      'caller',
      'sentinel',
    ]);
    expect(at('entry')[0]!.depth).toBe(2);
  });

  it('nest: the handler and the trampoline may be interrupted, too', () => {
    const { at, outcome } = execute(architecture, own, {
      run: (address) => ({
        signals: ['interrupted', 'inside', 'trampoline'].map((name) => ({
          at: address(name),
          occurrence: 1,
          handler: address('handler'),
          trampoline: address('trampoline'),
        })),
      }),
    });
    expect(outcome.outcome).toBe('finished');
    const nested = ['trampoline', 'interrupted', 'trampoline', 'interrupted', 'sentinel'];
    expect(at('handler')[1]!.callers.map(({ kind }) => kind)).toEqual(nested);
    // The trampoline of the inner one returns first, and is interrupted then.
    const inTrampoline = at('handler')[2]!.callers.map(({ kind }) => kind);
    expect(inTrampoline.slice(0, 3)).toEqual(['trampoline', 'interrupted', 'interrupted']);
    expect(at('equal')[0]!.depth).toBe(1);
  });

  it('may be handled on an alternate stack', () => {
    const alternate = { name: 'alternate', start: 0x7f00_0000_0000n, size: 0x4000, behind: 'nobody' } as const;
    const { at, outcome } = execute(architecture, own, {
      stacks: [mainStack, alternate],
      run: signalAt('interrupted', 'handler', 'alternate'),
    });
    expect(outcome.outcome).toBe('finished');
    const inside = at('inside')[0]!;
    expect(inside.sp).toBeGreaterThan(alternate.start);
    expect(inside.sp).toBeLessThan(alternate.start + BigInt(alternate.size));
    expect(inside.callers.map(({ kind }) => kind)).toEqual(['trampoline', 'interrupted', 'sentinel']);
    expect(inside.callers[1]!.registers).toEqual(at('interrupted')[0]!.registers);
    expect(at('equal')[0]!.depth).toBe(1);
    // Once the handler is done, what it left there is nobody's.
    const distance = Number(inside.sp - at('equal')[0]!.sp);
    const probed = execute(architecture, own, {
      stacks: [mainStack, alternate],
      run: signalAt('interrupted', 'handler', 'alternate'),
      probes: [distance],
    });
    expect([...probed.at('equal')[0]!.readable.values()]).toEqual([false]);
  });

  it('may be delivered at address 0 after a call of a null pointer, with the caller behind it', () => {
    const null_ =
      architecture === 'x86-64'
        ? [
            code('entry', x86.xor32(rax, rax), x86.callRegister(rax), label('back'), x86.ret()),
            // Returns from the null function: rip := back, rsp += 8, by the saved context (rdx).
            code(
              'handler',
              x86.lea(rcx, x86.place('back')),
              x86.store(x86.at(rdx, 168), rcx),
              x86.load(rcx, x86.at(rdx, 160)),
              x86.addImmediate(rcx, 8),
              label('changing'),
              x86.store(x86.at(rdx, 160), rcx),
              label('changed'),
              x86.ret(),
            ),
            trampoline['x86-64'],
          ]
        : [
            code('entry', a64.mov(x19, x30), a64.movz(x9, 0), a64.blr(x9), label('back'), a64.ret(x19)),
            code(
              'handler',
              a64.adr(x9, 'back'),
              label('changing'),
              a64.str(x9, a64.offset(x2, 176 + 264)),
              label('changed'),
              a64.ret(),
            ),
            trampoline.aarch64,
          ];
    const { at, labels, outcome, stops } = execute(architecture, null_, {
      run: (address) => ({
        signals: [{ at: 0n, occurrence: 1, handler: address('handler'), trampoline: address('trampoline') }],
      }),
    });
    const { callers } = at('handler')[0]!;
    expect(callers.map(({ kind }) => kind)).toEqual(['trampoline', 'interrupted', 'caller', 'sentinel']);
    expect(callers[1]!.pc).toBe(0n);
    // The fetch that failed is a stop of its own: frame 0 is at address 0, its caller behind it.
    const atNull = stops.filter(({ pc }) => pc === 0n);
    expect(atNull.map((stop) => stop.callers.map(({ kind }) => kind))).toEqual([['caller', 'sentinel']]);
    expect(atNull[0]!.callers[0]!.pc).toBe(labels.get('back'));
    expect(atNull[0]!.registers).toEqual(callers[1]!.registers);
    expect(callers[2]!.pc).toBe(labels.get('back'));
    // What the handler writes into the context is what sigreturn loads: the truth follows.
    expect(at('changed')[0]!.callers[1]!.pc).toBe(labels.get('back'));
    expect(at('back')[0]!.pc).toBe(labels.get('back'));
    // The handler returned for the null function, so nobody knows of its caller's frame being left.
    expect(['finished', 'abi']).toContain(outcome.outcome);
  });

  it('are delivered at the arrival that was asked for', () => {
    const loop =
      architecture === 'x86-64'
        ? code('entry', x86.movImmediate(rcx, 3), label('again'), x86.dec(rcx), x86.jcc('ne', 'again'), x86.ret())
        : code('entry', a64.movz(x9, 3), label('again'), a64.subImmediate(x9, x9, 1), a64.cbnz(x9, 'again'), a64.ret());
    const { at } = execute(architecture, [loop, ...own.slice(1)], {
      run: (address) => ({
        signals: [
          { at: address('again'), occurrence: 2, handler: address('handler'), trampoline: address('trampoline') },
        ],
      }),
    });
    const counter = architecture === 'x86-64' ? 2 : 9;
    expect(at('handler')).toHaveLength(1);
    expect(at('handler')[0]!.callers[1]!.registers[counter]).toBe(2n);
    expect(at('again')).toHaveLength(3);
    expect(at('again')[1]!.registers[pcColumn[architecture]]).toBe(at('again')[0]!.pc);
  });
});

it('longjmp into the interrupted function itself drops its frame behind the handler', () => {
  const { at, outcome } = execute(
    'x86-64',
    [
      code(
        'entry',
        x86.push(r12),
        x86.mov(r12, rsp),
        label('interrupted'),
        x86.nop(),
        label('landed'),
        x86.pop(r12),
        x86.ret(),
      ),
      code('handler', x86.mov(rsp, r12), x86.lea(rax, x86.place('landed')), x86.jmpRegister(rax)),
      trampoline['x86-64'],
    ],
    { run: signalAt('interrupted') },
  );
  expect(at('handler')[0]!.depth).toBe(3);
  expect(at('landed')[0]!.callers.map(({ kind }) => kind)).toEqual(['sentinel']);
  expect(outcome.outcome).toBe('finished');
});

it('longjmp out of a handler drops the signal frame, too', () => {
  const { at, outcome } = execute(
    'x86-64',
    [
      code('entry', x86.push(r12), x86.mov(r12, rsp), x86.call('callee'), label('landed'), x86.pop(r12), x86.ret()),
      code('callee', x86.nop(), label('interrupted'), x86.ret()),
      code('handler', x86.mov(rsp, r12), x86.lea(rax, x86.place('landed')), x86.jmpRegister(rax)),
      trampoline['x86-64'],
    ],
    { run: signalAt('interrupted') },
  );
  expect(at('handler')[0]!.depth).toBe(4);
  expect(at('landed')[0]!.callers.map(({ kind }) => kind)).toEqual(['sentinel']);
  expect(outcome.outcome).toBe('finished');
});
