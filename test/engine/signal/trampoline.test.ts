import { describe, expect, test } from 'vitest';
import {
  type Architecture,
  aarch64,
  type FrameBuffer,
  Memory,
  MemoryWindow,
  Walker,
  x86_64,
} from '../../../engine/index.ts';
import { column, type HandMadeFunction, handMadeModule, pcs, startedFrames, value } from '../hand-made.ts';

const code = 0x5000n;
const stack = 0x7_ffff_fe00n;

interface Machine {
  readonly stackBytes: Uint8Array;
  readonly view: DataView;
  readonly memory: Memory;
}

/** Code bytes at `code`, and 5 KiB of stack that lies across a multiple of 2^32. */
function machine(codeBytes: readonly number[], stackSize = 5120): Machine {
  const stackBytes = new Uint8Array(stackSize);
  const windows = [new MemoryWindow(code, Uint8Array.from(codeBytes)), new MemoryWindow(stack, stackBytes)];
  return { stackBytes, view: new DataView(stackBytes.buffer), memory: new Memory(windows) };
}

const marker = (name: string, architecture: Architecture): bigint =>
  0xfeed_0000_0000_0001n | (BigInt(column(architecture, name)) << 32n);

const handler: HandMadeFunction = {
  start: 0x1000n,
  end: 0x1010n,
  row: { cfa: { register: 'rsp', offset: 8n }, rules: { rip: { kind: 'offset', offset: -8n } } },
};

describe('x86-64: code that makes the rt_sigreturn system call', () => {
  const movAndSyscall = [0x48, 0xc7, 0xc0, 0x0f, 0x00, 0x00, 0x00, 0x0f, 0x05];
  // struct sigcontext, from 40 bytes into the ucontext.
  const order = 'r8 r9 r10 r11 r12 r13 r14 r15 rdi rsi rbp rbx rdx rax rcx rsp rip'.split(' ');
  const interrupted: HandMadeFunction = {
    start: 0x2000n,
    end: 0x2010n,
    row: { rules: { rip: { kind: 'undefined' } } },
  };

  function delivered(made = machine(movAndSyscall)): Machine {
    order.forEach((name, i) => {
      made.view.setBigUint64(40 + 8 * i, name === 'rip' ? 0x2000n : marker(name, x86_64), true);
    });
    return made;
  }

  function walk(made: Machine, from: FrameBuffer): bigint[] {
    const { module, source } = handMadeModule(x86_64, [handler, interrupted]);
    new Walker(x86_64, [module]).walk(made.memory, from);
    return source.asked;
  }

  test('has every register of the interrupted frame behind it, which is looked up where it was', () => {
    const frames = startedFrames(x86_64, { rip: code, rsp: stack });
    expect(walk(delivered(), frames)).toEqual([0x2000n]);
    expect(pcs(frames)).toEqual([code, 0x2000n]);
    for (const name of order.slice(0, -1)) expect(value(frames, 1, name)).toBe(marker(name, x86_64));
    expect([...frames.signal.subarray(0, 2)]).toEqual([1, 0]);
    expect(frames.ending).toBe('root');
  });

  test('is found behind a handler, by its return address', () => {
    const made = delivered();
    // The handler's return address lies below the ucontext.
    const below = new MemoryWindow(stack - 8n, new Uint8Array(8));
    below.view.setBigUint64(0, code, true);
    const memory = new Memory([...made.memory.windows, below]);
    const frames = startedFrames(x86_64, { rip: 0x1000n, rsp: stack - 8n });
    walk({ ...made, memory }, frames);
    expect(pcs(frames)).toEqual([0x1000n, code, 0x2000n]);
    expect([...frames.signal.subarray(0, 3)]).toEqual([0, 1, 0]);
  });

  test('is recognised at the system call, too', () => {
    const frames = startedFrames(x86_64, { rip: code + 7n, rsp: stack });
    walk(delivered(), frames);
    expect(pcs(frames)).toEqual([code + 7n, 0x2000n]);
  });

  test('makes registers known that were not', () => {
    const frames = startedFrames(x86_64, { rip: code, rsp: stack });
    frames.known[3] = 0;
    walk(delivered(), frames);
    expect(value(frames, 1, 'rbx')).toBe(marker('rbx', x86_64));
  });

  test('is recognised where a multiple of 2^32 divides it', () => {
    const made = delivered();
    const at = 0x7_0000_0000n - 7n;
    const memory = new Memory([...made.memory.windows, new MemoryWindow(at, Uint8Array.from(movAndSyscall))]);
    const frames = startedFrames(x86_64, { rip: at + 7n, rsp: stack });
    walk({ ...made, memory }, frames);
    expect(pcs(frames)).toEqual([at + 7n, 0x2000n]);
  });

  test.each(movAndSyscall.map((_, i) => i))('is not recognised with byte %i changed', (i) => {
    const changed = movAndSyscall.map((byte, at) => (at === i ? byte ^ 1 : byte));
    const frames = startedFrames(x86_64, { rip: code, rsp: stack });
    walk(delivered(machine(changed)), frames);
    expect([frames.count, frames.ending, frames.signal[0]]).toEqual([1, 'no-info', 0]);
  });

  test('is not recognised where its second instruction cannot be read', () => {
    const frames = startedFrames(x86_64, { rip: code, rsp: stack });
    walk(delivered(machine(movAndSyscall.slice(0, -1))), frames);
    expect(frames.ending).toBe('no-info');
  });

  test('gives way to a row for its address', () => {
    const row: HandMadeFunction = { ...interrupted, start: code, end: code + 9n };
    const frames = startedFrames(x86_64, { rip: code, rsp: stack });
    new Walker(x86_64, [handMadeModule(x86_64, [row]).module]).walk(delivered().memory, frames);
    expect([frames.count, frames.ending, frames.signal[0]]).toEqual([1, 'root', 0]);
  });

  test('ends the walk as unreadable where the kernel’s frame is not there', () => {
    const frames = startedFrames(x86_64, { rip: code, rsp: stack });
    walk(machine(movAndSyscall, 40 + 8 * 17 - 1), frames);
    expect([frames.count, frames.ending]).toEqual([1, 'unreadable']);
    expect(frames.error).toMatchObject({ section: 'signal frame', offset: -1 });
    expect(frames.error?.message).toContain('expected 136 readable bytes at 0x7fffffe28');
  });

  test('is a loop where it was itself interrupted, on the stack it is on', () => {
    const made = delivered();
    made.view.setBigUint64(40 + 8 * 15, stack, true);
    made.view.setBigUint64(40 + 8 * 16, code, true);
    const frames = startedFrames(x86_64, { rip: code, rsp: stack });
    walk(made, frames);
    expect([frames.count, frames.ending, frames.signal[0]]).toEqual([1, 'loop', 1]);
  });

  test('has the kernel’s frame across a multiple of 2^32', () => {
    for (const below of [32n, 40n, 41n, 48n]) {
      const at = 0x7_0000_0000n - below;
      const made = delivered();
      const bytes = made.stackBytes.subarray(0, 256);
      const memory = new Memory([made.memory.windows[0]!, new MemoryWindow(at, bytes)]);
      const frames = startedFrames(x86_64, { rip: code, rsp: at });
      walk({ ...made, memory }, frames);
      expect([value(frames, 1, 'r8'), value(frames, 1, 'rcx')]).toEqual([marker('r8', x86_64), marker('rcx', x86_64)]);
    }
  });
});

describe('AArch64: code that makes the rt_sigreturn system call', () => {
  const movAndSvc = [0x68, 0x11, 0x80, 0xd2, 0x01, 0x00, 0x00, 0xd4];
  const sigcontext = 304;
  const records = sigcontext + 288;
  const interrupted: HandMadeFunction = {
    start: 0x2000n,
    end: 0x2010n,
    row: { cfa: { register: 'sp', offset: 0n }, signState: 1 },
  };
  const caller: HandMadeFunction = { start: 0x2010n, end: 0x2020n, row: { rules: { x30: { kind: 'undefined' } } } };
  const general = Array.from({ length: 31 }, (_, i) => `x${i}`);
  const signedReturn = 0x0055_0000_0000_2018n;

  function delivered(made = machine(movAndSvc)): Machine {
    const { view } = made;
    general.forEach((name, i) => {
      view.setBigUint64(sigcontext + 8 + 8 * i, name === 'x30' ? signedReturn : marker(name, aarch64), true);
    });
    view.setBigUint64(sigcontext + 256, marker('sp', aarch64), true);
    view.setBigUint64(sigcontext + 264, 0x2000n, true);
    return made;
  }

  /** Writes an FPSIMD record where d`i` is `marker(di)`, and the upper halves are all ones. */
  function vectors(view: DataView, at: number): void {
    view.setUint32(at, 0x46508001, true);
    view.setUint32(at + 4, 0x210, true);
    for (let i = 0; i < 32; i++) {
      const low = i >= 8 && i < 16 ? marker(`d${i}`, aarch64) : 0n;
      view.setBigUint64(at + 16 + 16 * i, low, true);
      view.setBigUint64(at + 24 + 16 * i, 0xffff_ffff_ffff_ffffn, true);
    }
  }

  function walk(made: Machine, given: Record<string, bigint> = {}): FrameBuffer {
    const frames = startedFrames(aarch64, { pc: code, sp: stack, ...given });
    // What a walk before may have left.
    frames.known.fill(1);
    const { module } = handMadeModule(aarch64, [interrupted, caller]);
    new Walker(aarch64, [module]).walk(made.memory, frames, 0, 0x007f_0000);
    return frames;
  }

  test('has every general register of the interrupted frame behind it, x30 as it was', () => {
    const made = delivered();
    vectors(made.view, records);
    const frames = walk(made);
    expect(pcs(frames)).toEqual([code, 0x2000n, 0x2018n]);
    for (const name of [...general.slice(0, 30), 'sp']) expect(value(frames, 1, name)).toBe(marker(name, aarch64));
    expect(value(frames, 1, 'x30')).toBe(signedReturn);
    expect([...frames.signal.subarray(0, 3)]).toEqual([1, 0, 0]);
    expect(frames.ending).toBe('root');
  });

  test('has d8–d15 from the FPSIMD record, wherever it is in the list', () => {
    const made = delivered();
    made.view.setUint32(records, 0x45535201, true);
    made.view.setUint32(records + 4, 16, true);
    vectors(made.view, records + 16);
    const frames = walk(made);
    for (let i = 8; i < 16; i++) expect(value(frames, 1, `d${i}`)).toBe(marker(`d${i}`, aarch64));
  });

  test('leaves d8–d15 unknown without an FPSIMD record', () => {
    const frames = walk(delivered());
    expect(value(frames, 1, 'd8')).toBeUndefined();
    expect(value(frames, 1, 'd15')).toBeUndefined();
    expect(value(frames, 1, 'x28')).toBe(marker('x28', aarch64));
  });

  test.each([
    ['0', 0x1234, 0],
    ['not a multiple of 16', 0x1234, 24],
    ['longer than the list', 0x1234, 4112],
    ['too short for FPSIMD', 0x46508001, 0x200],
  ])('is invalid with a record whose size is %s', (_, magic, size) => {
    const made = delivered();
    made.view.setUint32(records, magic, true);
    made.view.setUint32(records + 4, size, true);
    const frames = walk(made);
    expect([frames.count, frames.ending]).toEqual([1, 'invalid']);
    expect(frames.error).toMatchObject({ section: 'signal frame', offset: records + 4 });
    expect(frames.error?.message).toContain(`expected the size of record 0x${magic.toString(16)}`);
  });

  test('has an FPSIMD record at the very end of the list', () => {
    const made = delivered();
    made.view.setUint32(records, 0x1234, true);
    made.view.setUint32(records + 4, 4096 - 0x210, true);
    vectors(made.view, records + 4096 - 0x210);
    expect(value(walk(made), 1, 'd15')).toBe(marker('d15', aarch64));
  });

  test('has a record of size 0 only at the end of the list', () => {
    const made = delivered();
    made.view.setUint32(records + 4, 16, true);
    vectors(made.view, records + 16);
    expect(value(walk(made), 1, 'd8')).toBe(marker('d8', aarch64));
  });

  test('has x30 signed or not, and nothing of its own signing, in the frame that was interrupted', () => {
    const frames = walk(delivered(), { ra_sign_state: 1n });
    expect(value(frames, 1, 'ra_sign_state')).toBe(0n);
    expect(value(frames, 1, 'x30')).toBe(signedReturn);
  });

  test('has a list of records that ends with the kernel’s space for it', () => {
    const made = delivered();
    made.view.setUint32(records, 0x1234, true);
    made.view.setUint32(records + 4, 4096, true);
    expect(value(walk(made), 1, 'd8')).toBeUndefined();
  });

  test('is recognised at the system call, too', () => {
    expect(pcs(walk(delivered(), { pc: code + 4n }))[1]).toBe(0x2000n);
  });

  test.each(movAndSvc.map((_, i) => i))('is not recognised with byte %i changed', (i) => {
    const changed = movAndSvc.map((byte, at) => (at === i ? byte ^ 1 : byte));
    expect(walk(delivered(machine(changed)))).toMatchObject({ count: 1, ending: 'no-info' });
  });

  test('ends the walk as unreadable where the kernel’s frame is not there', () => {
    expect(walk(machine(movAndSvc, sigcontext + 271))).toMatchObject({ count: 1, ending: 'unreadable' });
    expect(walk(machine(movAndSvc, records))).toMatchObject({ count: 1, ending: 'unreadable' });
  });
});
