import { describe, expect, test } from 'vitest';
import { aarch64, FrameBuffer, type Memory, Module, UnwindError, Walker, x86_64 } from '../../engine/index.ts';
import {
  distinct,
  type HandMadeFunction,
  type HandMadeRow,
  handMadeModule,
  pcs,
  registerFile,
  startedFrames,
  value,
  wordMemory,
} from './hand-made.ts';

/** At the entry of an x86-64 function. */
const entry: HandMadeRow = { cfa: { register: 'rsp', offset: 8n }, rules: { rip: { kind: 'offset', offset: -8n } } };
const root: HandMadeRow = { cfa: { register: 'rsp', offset: 8n }, rules: { rip: { kind: 'undefined' } } };
const leaf: HandMadeRow = { cfa: { register: 'sp', offset: 0n } };

const f: HandMadeFunction = { start: 0x1000n, end: 0x1010n, row: entry };
const g: HandMadeFunction = { start: 0x1010n, end: 0x1020n, row: entry };
const start: HandMadeFunction = { start: 0x1020n, end: 0x1030n, row: root };
const memory = wordMemory({ 28672: 0x1018n, 28680: 0x1028n, 28688: 0x9999n });

function walk(functions: readonly HandMadeFunction[], from: FrameBuffer, using: Memory = memory): bigint[] {
  const { module, source } = handMadeModule(from.architecture, functions);
  new Walker(from.architecture, [module]).walk(using, from);
  return source.asked;
}

describe('a walk', () => {
  test('goes from frame to frame up to the root', () => {
    const frames = startedFrames(x86_64, { rip: 0x1004n, rsp: 0x7000n });
    walk([f, g, start], frames);
    expect(pcs(frames)).toEqual([0x1004n, 0x1018n, 0x1028n]);
    expect([0, 1, 2].map((i) => value(frames, i, 'rsp'))).toEqual([0x7000n, 0x7008n, 0x7010n]);
    expect(frames.ending).toBe('root');
    expect(frames.error).toBeUndefined();
  });

  test('carries registers without a rule through all frames', () => {
    const frames = startedFrames(x86_64, { rip: 0x1004n, rsp: 0x7000n, r15: 0xfn });
    walk([f, g, start], frames);
    expect(value(frames, 2, 'r15')).toBe(0xfn);
  });

  test('reports return addresses, not the addresses it looks up', () => {
    const frames = startedFrames(x86_64, { rip: 0x1004n, rsp: 0x7000n });
    expect(walk([f, g, start], frames)).toEqual([0x1004n, 0x1017n, 0x1027n]);
  });

  // A call may be the last instruction of its function.
  test('finds the caller of a function that never returns', () => {
    const frames = startedFrames(x86_64, { rip: 0x1004n, rsp: 0x7000n });
    const endsWithCall = wordMemory({ 28672: 0x1020n, 28680: 0x1028n });
    const elsewhere: HandMadeFunction = { ...start, row: { ...root, cfa: { register: 'rbp', offset: 0n } } };
    expect(walk([f, g, elsewhere], frames, endsWithCall)).toEqual([0x1004n, 0x101fn, 0x1027n]);
    expect(pcs(frames)).toEqual([0x1004n, 0x1020n, 0x1028n]);
  });

  test('borrows from the high half where a return address is a multiple of 2^32', () => {
    const high: HandMadeFunction = { start: 0xffff_fff0n, end: 0x1_0000_0010n, row: root };
    const frames = startedFrames(x86_64, { rip: 0x1004n, rsp: 0x7000n });
    expect(walk([f, high], frames, wordMemory({ 28672: 0x1_0000_0000n }))).toEqual([0x1004n, 0xffff_ffffn]);
    expect(pcs(frames)).toEqual([0x1004n, 0x1_0000_0000n]);
  });

  test('works in the upper half', () => {
    const kernel = (offset: bigint, row: HandMadeRow): HandMadeFunction => ({
      start: 0xffff_ffff_8000_0000n + offset,
      end: 0xffff_ffff_8000_0010n + offset,
      row,
    });
    const sp = 0xffff_c900_0000_0000n;
    const frames = startedFrames(x86_64, { rip: 0xffff_ffff_8000_0001n, rsp: sp });
    const words = wordMemory({ [`${sp}`]: 0xffff_ffff_8000_0018n });
    walk([kernel(0n, entry), kernel(0x10n, root)], frames, words);
    expect(pcs(frames)).toEqual([0xffff_ffff_8000_0001n, 0xffff_ffff_8000_0018n]);
    expect(frames.ending).toBe('root');
  });

  test('goes through several modules', () => {
    const one = handMadeModule(x86_64, [f]).module;
    const two = handMadeModule(x86_64, [{ start: 0x7f00_0000_0000n, end: 0x7f00_0000_0010n, row: entry }]).module;
    const three = handMadeModule(x86_64, [start]).module;
    const frames = startedFrames(x86_64, { rip: 0x1004n, rsp: 0x7000n });
    const words = wordMemory({ 28672: 0x7f00_0000_0008n, 28680: 0x1028n });
    new Walker(x86_64, [one, two, three]).walk(words, frames);
    expect(pcs(frames)).toEqual([0x1004n, 0x7f00_0000_0008n, 0x1028n]);
    expect(frames.ending).toBe('root');
  });

  test('asks the next module where one that spans the address has no row', () => {
    const { source } = handMadeModule(x86_64, [f]);
    const wide = new Module('wide', x86_64, 0x1000n, 0x2000n, source);
    const frames = startedFrames(x86_64, { rip: 0x1004n, rsp: 0x7000n });
    new Walker(x86_64, [wide, handMadeModule(x86_64, [g, start]).module]).walk(memory, frames);
    expect(frames.ending).toBe('root');
  });

  test('asks a module for its own addresses only', () => {
    const { source } = handMadeModule(x86_64, [f, g, start]);
    const narrow = new Module('narrow', x86_64, 0x1000n, 0x1010n, source);
    const frames = startedFrames(x86_64, { rip: 0x1004n, rsp: 0x7000n });
    new Walker(x86_64, [narrow]).walk(memory, frames);
    expect([pcs(frames), frames.ending]).toEqual([[0x1004n, 0x1018n], 'no-info']);
    expect(source.asked).toEqual([0x1004n]);
  });

  test('goes on behind the last frame of another walk, which called', () => {
    const frames = startedFrames(x86_64, { rip: 0x1004n, rsp: 0x7000n });
    walk([f], frames);
    expect([frames.count, frames.ending]).toEqual([2, 'no-info']);
    expect(walk([g, start], frames)).toEqual([0x1017n, 0x1027n]);
    expect([frames.count, frames.ending]).toEqual([3, 'root']);
  });

  test('gives the same frames when a walker is used again', () => {
    const walker = new Walker(x86_64, [handMadeModule(x86_64, [f, g, start]).module]);
    const frames = startedFrames(x86_64, { rip: 0x1004n, rsp: 0x7000n });
    walker.walk(memory, frames);
    frames.start(registerFile(x86_64, { rip: 0x1014n, rsp: 0x7008n }));
    walker.walk(memory, frames);
    expect(pcs(frames)).toEqual([0x1014n, 0x1028n]);
  });
});

describe('a walk ends', () => {
  test('with no-info where no row covers the PC, after reporting that frame', () => {
    const frames = startedFrames(x86_64, { rip: 0x1014n, rsp: 0x7010n });
    walk([f, g, start], frames);
    expect(pcs(frames)).toEqual([0x1014n, 0x9999n]);
    expect(frames.ending).toBe('no-info');
  });

  test('with no-info after a frame whose return address is 0', () => {
    const frames = startedFrames(x86_64, { rip: 0x1014n, rsp: 0x7000n });
    walk([f, g, start], frames, wordMemory({ 28672: 0n, 28680: 0x1028n }));
    expect(pcs(frames)).toEqual([0x1014n, 0n]);
    expect(frames.ending).toBe('no-info');
  });

  test('with limit where the buffer is full, and touches nothing beyond it', () => {
    const big = new FrameBuffer(x86_64, 3);
    const frames = new FrameBuffer(x86_64, 2);
    // The buffers of a smaller FrameBuffer, with room behind them that must stay as it is.
    const values = big.values.fill(0xa5a5a5a5);
    const known = big.known.fill(0xa5);
    Object.assign(frames, { values, known, signal: big.signal.fill(0xa5) });
    frames.start(registerFile(x86_64, { rip: 0x1004n, rsp: 0x7000n }));
    walk([f, g, start], frames);
    expect(pcs(frames)).toEqual([0x1004n, 0x1018n]);
    expect(frames.ending).toBe('limit');
    expect(new Set(values.subarray(2 * 2 * x86_64.columnCount))).toEqual(new Set([0xa5a5a5a5]));
    expect(new Set(known.subarray(2 * x86_64.columnCount))).toEqual(new Set([0xa5]));
    expect([...big.signal]).toEqual([0, 0, 0xa5]);
  });

  test('with limit at once where there is room for one frame only', () => {
    const frames = startedFrames(x86_64, { rip: 0x1004n, rsp: 0x7000n }, 1);
    expect(walk([f, g, start], frames)).toEqual([]);
    expect([frames.count, frames.ending]).toEqual([1, 'limit']);
  });

  test('with loop where a frame unwinds to itself, which is not reported again', () => {
    const self: HandMadeFunction = {
      start: 0x1000n,
      end: 0x1010n,
      row: { cfa: { register: 'rsp', offset: 0n }, rules: { rip: { kind: 'register', register: 'rbx' } } },
    };
    const frames = startedFrames(x86_64, { rip: 0x1004n, rsp: 0x7000n, rbx: 0x1004n });
    walk([self], frames);
    expect([frames.count, frames.ending]).toEqual([1, 'loop']);
  });

  test.each([
    ['at its first instruction, in another function of the same low half', 0x1_0000_0000n],
    ['further in', 4n],
  ])('with loop where interrupted code unwinds to itself %s', (_, offset) => {
    const never: HandMadeFunction = { start: 0x1000n, end: 0x1_0000_1020n, row: leaf };
    const pc = 0x1000n + offset;
    const frames = startedFrames(aarch64, { pc, sp: 0x7000n, x30: pc });
    walk([never], frames);
    expect([frames.count, frames.ending]).toEqual([1, 'loop']);
  });

  test('with loop where a caller unwinds to itself, at its first instruction, too', () => {
    const self: HandMadeFunction = {
      start: 0x1010n,
      end: 0x1020n,
      row: { cfa: { register: 'rsp', offset: 0n }, rules: { rip: { kind: 'register', register: 'rbx' } } },
    };
    const before: HandMadeFunction = { ...self, start: 0x1000n, end: 0x1010n };
    const frames = startedFrames(x86_64, { rip: 0x1004n, rsp: 0x7000n, rbx: 0x1010n });
    walk([before, self], frames);
    expect([pcs(frames), frames.ending]).toEqual([[0x1004n, 0x1010n], 'loop']);
  });

  test('with loop where a signal frame has interrupted itself', () => {
    const self: HandMadeFunction = {
      start: 0x1000n,
      end: 0x1010n,
      row: {
        cfa: { register: 'rsp', offset: 0n },
        rules: { rip: { kind: 'register', register: 'rbx' } },
        signalFrame: true,
      },
    };
    for (const rip of [0x1000n, 0x1004n]) {
      const frames = startedFrames(x86_64, { rip, rsp: 0x7000n, rbx: rip });
      walk([self], frames);
      expect([frames.count, frames.ending, frames.signal[0]]).toEqual([1, 'loop', 1]);
    }
  });

  test('not with loop in a function called without return by the instruction before its first', () => {
    const never: HandMadeFunction = { start: 0x1000n, end: 0x1010n, row: { rules: { x30: { kind: 'undefined' } } } };
    const called: HandMadeFunction = { start: 0x1010n, end: 0x1020n, row: leaf };
    const frames = startedFrames(aarch64, { pc: 0x1010n, sp: 0x7000n, x30: 0x1010n });
    walk([never, called], frames);
    expect(pcs(frames)).toEqual([0x1010n, 0x1010n]);
    expect(frames.ending).toBe('root');
  });

  test.each([
    ['low half of the PC', { rbx: 0x1008n }, 0n],
    ['high half of the PC', { rbx: 0x1_0000_1004n }, 0n],
    ['low half of the stack pointer', { rbx: 0x1004n }, 8n],
    ['high half of the stack pointer', { rbx: 0x1004n }, 0x1_0000_0000n],
  ])('not with loop where only the %s changes', (_, given, offset) => {
    const row: HandMadeRow = {
      cfa: { register: 'rsp', offset },
      rules: { rip: { kind: 'register', register: 'rbx' } },
    };
    const frames = startedFrames(x86_64, { rip: 0x1004n, rsp: 0x7000n, ...given }, 2);
    walk([{ start: 0x1000n, end: 0x1010n, row }], frames);
    expect([frames.count, frames.ending]).toEqual([2, 'limit']);
  });

  test('not with loop where recursion repeats the PC', () => {
    const frames = startedFrames(x86_64, { rip: 0x1014n, rsp: 0x7000n });
    walk([g, start], frames, wordMemory({ 28672: 0x1014n, 28680: 0x1014n, 28688: 0x1028n }));
    expect(pcs(frames)).toEqual([0x1014n, 0x1014n, 0x1014n, 0x1028n]);
    expect(frames.ending).toBe('root');
  });

  test('not with loop where the PC changes and the stack pointer does not', () => {
    const leafFunction: HandMadeFunction = { start: 0x1000n, end: 0x1010n, row: leaf };
    const ends: HandMadeFunction = { start: 0x1010n, end: 0x1020n, row: { rules: { x30: { kind: 'undefined' } } } };
    const frames = startedFrames(aarch64, { pc: 0x1000n, sp: 0x7000n, x30: 0x1014n });
    walk([leafFunction, ends], frames);
    expect(pcs(frames)).toEqual([0x1000n, 0x1014n]);
    expect(frames.ending).toBe('root');
  });

  test('with unreadable where the stack is not there', () => {
    const frames = startedFrames(x86_64, { rip: 0x1004n, rsp: 0x7018n });
    walk([f], frames);
    expect([frames.count, frames.ending]).toEqual([1, 'unreadable']);
    expect(frames.error?.message).toContain('0x7018');
  });

  test('with the kind of the error a row’s lookup gives, and keeps the frames before', () => {
    const error = new UnwindError('unsupported', '.eh_frame', 0x40, 'expected something else');
    const frames = startedFrames(x86_64, { rip: 0x1004n, rsp: 0x7000n });
    walk([f, { ...g, row: error }], frames);
    expect([frames.count, frames.ending]).toEqual([2, 'unsupported']);
    expect(frames.error).toBe(error);
  });

  test('with no-info where a source reports that information is missing', () => {
    const error = new UnwindError('missing', '.eh_frame', -1, 'expected an FDE');
    const frames = startedFrames(x86_64, { rip: 0x1004n, rsp: 0x7000n });
    walk([{ ...f, row: error }], frames);
    expect(frames.ending).toBe('no-info');
  });

  test('without the error of the walk before', () => {
    const frames = startedFrames(x86_64, { rip: 0x1004n, rsp: 0x7018n });
    walk([f], frames);
    frames.start(registerFile(x86_64, { rip: 0x1024n, rsp: 0x7000n }));
    walk([start], frames);
    expect([frames.ending, frames.error]).toEqual(['root', undefined]);
  });

  test('by throwing where something else than the unwound program is at fault', () => {
    const frames = startedFrames(x86_64, { rip: 0x1004n, rsp: 0x7000n });
    expect(() => walk([{ ...f, row: new TypeError('a bug') }], frames)).toThrow('a bug');
  });
});

describe('the root', () => {
  test.each([0x1020n, 0x1024n])('is recognised at %i', (pc) => {
    const frames = startedFrames(x86_64, { rip: pc, rsp: 0x7000n });
    walk([f, g, start], frames);
    expect([frames.count, frames.ending]).toEqual([1, 'root']);
  });
});

describe('a signal frame', () => {
  const trampoline: HandMadeFunction = {
    start: 0x1ffen,
    end: 0x2010n,
    row: {
      cfa: { register: 'rsp', offset: 0x10n },
      rules: { rip: { kind: 'offset', offset: -0x10n }, rsp: { kind: 'offset', offset: -8n } },
      signalFrame: true,
    },
  };
  // The handler `f` returns to the trampoline at 0x1fff + 1; `g` was interrupted at its first instruction.
  const words = wordMemory({ 24576: 0x2000n, 24584: 0x1010n, 24592: 0x7008n, 28680: 0x1028n });
  const functions = [f, g, start, trampoline];

  test('has its interrupted frame looked up where it was, and only that one', () => {
    const frames = startedFrames(x86_64, { rip: 0x1004n, rsp: 0x6000n });
    expect(walk(functions, frames, words)).toEqual([0x1004n, 0x1fffn, 0x1010n, 0x1027n]);
    expect(pcs(frames)).toEqual([0x1004n, 0x2000n, 0x1010n, 0x1028n]);
    expect(frames.ending).toBe('root');
  });

  test('is itself flagged, not the frames around it', () => {
    const frames = startedFrames(x86_64, { rip: 0x1004n, rsp: 0x6000n });
    frames.signal.fill(1);
    walk(functions, frames, words);
    expect([...frames.signal.subarray(0, frames.count)]).toEqual([0, 1, 0, 0]);
  });

  test('may be the frame a walk starts in', () => {
    const frames = startedFrames(x86_64, { rip: 0x2000n, rsp: 0x6008n });
    expect(walk(functions, frames, words)).toEqual([0x2000n, 0x1010n, 0x1027n]);
    expect([...frames.signal.subarray(0, frames.count)]).toEqual([1, 0, 0]);
  });

  test('may be behind another one', () => {
    // A second signal interrupted the handler `f` at its first instruction.
    const nested = wordMemory({
      20480: 0x2000n,
      20488: 0x1000n,
      20496: 0x6000n,
      24576: 0x2000n,
      24584: 0x1010n,
      24592: 0x7008n,
      28680: 0x1028n,
    });
    const frames = startedFrames(x86_64, { rip: 0x1014n, rsp: 0x5000n });
    walk(functions, frames, nested);
    expect(pcs(frames)).toEqual([0x1014n, 0x2000n, 0x1000n, 0x2000n, 0x1010n, 0x1028n]);
    expect([...frames.signal.subarray(0, frames.count)]).toEqual([0, 1, 0, 1, 0, 0]);
  });

  test('in front of address 0 has the call of a null pointer behind it', () => {
    const crash = wordMemory({ 24576: 0x2000n, 24584: 0n, 24592: 0x7000n, 28672: 0x1018n, 28680: 0x1028n });
    const frames = startedFrames(x86_64, { rip: 0x1004n, rsp: 0x6000n });
    walk(functions, frames, crash);
    expect(pcs(frames)).toEqual([0x1004n, 0x2000n, 0n, 0x1018n, 0x1028n]);
    expect(value(frames, 3, 'rsp')).toBe(0x7008n);
    expect(frames.ending).toBe('root');
  });
});

describe('a call of address 0', () => {
  test('returns to x30 on AArch64, the stack pointer unchanged', () => {
    const caller: HandMadeFunction = { start: 0x1010n, end: 0x1020n, row: { rules: { x30: { kind: 'undefined' } } } };
    const frames = startedFrames(aarch64, { pc: 0n, sp: 0x7000n, x30: 0x1014n });
    expect(walk([caller], frames)).toEqual([0x1013n]);
    expect([pcs(frames), value(frames, 1, 'sp')]).toEqual([[0n, 0x1014n], 0x7000n]);
  });

  test('returns to x30 in the upper half, too', () => {
    const start = 0xffff_8000_0000_1010n;
    const caller: HandMadeFunction = { start, end: start + 16n, row: { rules: { x30: { kind: 'undefined' } } } };
    const frames = startedFrames(aarch64, { pc: 0n, sp: 0x7000n, x30: start + 4n });
    walk([caller], frames);
    expect([pcs(frames), frames.ending]).toEqual([[0n, start + 4n], 'root']);
  });

  test('is unreadable where the stack is not there', () => {
    const frames = startedFrames(x86_64, { rip: 0n, rsp: 0x1_0000n });
    walk([f], frames);
    expect([frames.count, frames.ending]).toEqual([1, 'unreadable']);
    expect(frames.error).toMatchObject({ section: 'address 0', offset: -1 });
    expect(frames.error?.message).toContain('expected the return address at 0x10000');
  });

  test.each([0xffff_fff8n, 0xffff_fff7n, 0xffff_c900_ffff_fff8n])('pops the return address at %i', (rsp) => {
    const frames = startedFrames(x86_64, { rip: 0n, rsp });
    walk([start], frames, wordMemory({ [`${rsp}`]: 0x1024n }));
    expect([pcs(frames), frames.ending]).toEqual([[0n, 0x1024n], 'root']);
    expect([value(frames, 1, 'rsp'), value(frames, 1, 'rbx')]).toEqual([rsp + 8n, distinct(3)]);
    expect(frames.signal[0]).toBe(0);
  });

  test('keeps what is not known unknown', () => {
    const frames = startedFrames(x86_64, { rip: 0n, rsp: 0x7000n });
    frames.known[3] = 0;
    walk([f, g, start], frames);
    expect([value(frames, 1, 'rbx'), value(frames, 1, 'rbp')]).toEqual([undefined, distinct(6)]);
  });

  test('is unreadable on AArch64 where x30 is not known', () => {
    const frames = startedFrames(aarch64, { pc: 0n, sp: 0x7000n });
    frames.known[30] = 0;
    walk([f], frames);
    expect([frames.count, frames.ending]).toEqual([1, 'unreadable']);
    expect(frames.error).toMatchObject({ section: 'address 0', offset: -1 });
    expect(frames.error?.message).toContain('expected a known link register');
  });

  test.each([0x1_0000_0000n, 0x1000n])('is not taken for one of %i', (rip) => {
    const frames = startedFrames(x86_64, { rip, rsp: 0x7000n });
    walk([g], frames);
    expect([frames.count, frames.ending]).toEqual([1, 'no-info']);
  });

  test('is a loop where it returns to itself and leaves SP alone', () => {
    const frames = startedFrames(aarch64, { pc: 0n, sp: 0x7000n, x30: 0n });
    walk([f], frames);
    expect([frames.count, frames.ending]).toEqual([1, 'loop']);
  });
});

test('a signed return address is reported without its code, and looked up without it', () => {
  const signedLeaf: HandMadeFunction = { start: 0x1000n, end: 0x1010n, row: { ...leaf, signState: 1 } };
  const ends: HandMadeFunction = { start: 0x1010n, end: 0x1020n, row: { rules: { x30: { kind: 'undefined' } } } };
  const frames = startedFrames(aarch64, { pc: 0x1004n, sp: 0x7000n, x30: 0x0055_0000_0000_1014n });
  const { module } = handMadeModule(aarch64, [signedLeaf, ends]);
  new Walker(aarch64, [module]).walk(memory, frames, 0, 0x007f_0000);
  expect([pcs(frames), frames.ending]).toEqual([[0x1004n, 0x1014n], 'root']);
});
