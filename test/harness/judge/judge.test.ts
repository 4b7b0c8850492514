import { describe, expect, it } from 'vitest';
import { x86_64 } from '../../../engine/index.ts';
import { Judge, notTold } from '../../../harness/judge/index.ts';
import type { DeclaredEnd, Stop } from '../../../harness/stop.ts';
import { answerTo, forget, spoil, stopOf, trueValue } from './truth.ts';

const { pc, sp } = x86_64;
const rbx = 3;
const r15 = 15;
const rax = 0;
const judge = new Judge(x86_64);

describe('Judge passes', () => {
  it('an answer equal to the truth', () => {
    const stop = stopOf(3);
    expect(judge.judge(stop, answerTo(stop))).toBe('pass');
  });

  it('an answer without callers where nobody is behind', () => {
    const stop = stopOf(0, { ending: 'root' });
    expect(judge.judge(stop, answerTo(stop))).toBe('pass');
  });

  it('whatever stands in a register that is not part of the truth', () => {
    const stop = stopOf(3);
    const frames = answerTo(stop);
    spoil(frames, 1, rax);
    forget(frames, 2, rax);
    expect(judge.judge(stop, frames)).toBe('pass');
  });
});

describe('Judge fails a wrong value', () => {
  it.each([
    ['PC', pc],
    ['SP', sp],
    ['the first callee-saved register', rbx],
    ['the last callee-saved register', r15],
  ])('of %s in any frame and either half', (_name, column) => {
    for (const frame of [1, 2, 3]) {
      for (const half of [0, 1] as const) {
        const stop = stopOf(3);
        const frames = answerTo(stop);
        spoil(frames, frame, column, half);
        expect(judge.judge(stop, frames)).toBe('fail');
        expect(judge.divergence).toMatchObject({ kind: 'register', frame, column, unknown: false });
        const value = trueValue(frame, column);
        expect([judge.divergence.expectedLo, judge.divergence.expectedHi]).toEqual([
          Number(value & 0xffffffffn),
          Number(value >> 32n),
        ]);
        const actual = half === 0 ? judge.divergence.actualLo : judge.divergence.actualHi;
        const expected = half === 0 ? judge.divergence.expectedLo : judge.divergence.expectedHi;
        expect(actual ^ expected).toBe(1);
      }
    }
  });

  it('naming the PC before the SP before other registers, and inner frames before outer ones', () => {
    const stop = stopOf(3);
    const frames = answerTo(stop);
    spoil(frames, 3, pc);
    spoil(frames, 2, rbx);
    judge.judge(stop, frames);
    expect(judge.divergence).toMatchObject({ frame: 2, column: rbx });
    spoil(frames, 2, sp);
    judge.judge(stop, frames);
    expect(judge.divergence).toMatchObject({ frame: 2, column: sp });
    spoil(frames, 2, pc);
    judge.judge(stop, frames);
    expect(judge.divergence).toMatchObject({ frame: 2, column: pc });
  });

  it('even where an earlier register is unknown', () => {
    const stop = stopOf(3);
    const frames = answerTo(stop);
    forget(frames, 1, rbx);
    spoil(frames, 3, r15);
    expect(judge.judge(stop, frames)).toBe('fail');
    expect(judge.divergence).toMatchObject({ frame: 3, column: r15, unknown: false });
  });
});

describe('Judge judges the end of a walk', () => {
  it('stopping early is a fail, naming the first frame that is missing', () => {
    const stop = stopOf(3);
    const frames = answerTo(stop);
    frames.count = 3;
    expect(judge.judge(stop, frames)).toBe('fail');
    expect(judge.divergence).toMatchObject({ kind: 'early', frame: 3 });
  });

  it('stopping early is a fail even with the right way of ending and for unreadable memory', () => {
    const stop = stopOf(3);
    const frames = answerTo(stop);
    frames.count = 1;
    frames.ending = 'unreadable';
    expect(judge.judge(stop, frames)).toBe('fail');
  });

  it('going on too far is a fail', () => {
    const stop = stopOf(3);
    const frames = answerTo(stop);
    frames.count = 5;
    expect(judge.judge(stop, frames)).toBe('fail');
    expect(judge.divergence).toMatchObject({ kind: 'far', frame: 4 });
  });

  it('going on where nobody is behind is a fail', () => {
    const stop = stopOf(0, { ending: 'root' });
    const frames = answerTo(stop);
    frames.count = 2;
    expect(judge.judge(stop, frames)).toBe('fail');
    expect(judge.divergence).toMatchObject({ kind: 'far', frame: 1 });
  });

  it('another way of ending is a fail', () => {
    const stop = stopOf(2, { ending: 'root' });
    const frames = answerTo(stop);
    frames.ending = 'no-info';
    expect(judge.judge(stop, frames)).toBe('fail');
    expect(judge.divergence).toMatchObject({ kind: 'ending', frame: 2 });
  });

  it('a wrong value comes before stopping early', () => {
    const stop = stopOf(3);
    const frames = answerTo(stop);
    spoil(frames, 1, sp);
    frames.count = 2;
    judge.judge(stop, frames);
    expect(judge.divergence).toMatchObject({ kind: 'register', frame: 1, column: sp });
  });
});

describe('Judge finds missing', () => {
  it.each([
    ['PC', pc],
    ['SP', sp],
    ['a callee-saved register', rbx],
  ])('an unknown %s', (_name, column) => {
    const stop = stopOf(3);
    const frames = answerTo(stop);
    forget(frames, 2, column);
    forget(frames, 3, r15);
    expect(judge.judge(stop, frames)).toBe('missing');
    expect(judge.divergence).toMatchObject({ kind: 'register', frame: 2, column, unknown: true });
  });

  it('a walk that ends early as unsupported, with right frames so far', () => {
    const stop = stopOf(3);
    const frames = answerTo(stop);
    frames.count = 2;
    frames.ending = 'unsupported';
    expect(judge.judge(stop, frames)).toBe('missing');
    expect(judge.divergence).toMatchObject({ kind: 'early', frame: 2, unknown: true });
  });

  it('a walk that has every frame and ends as unsupported', () => {
    const stop = stopOf(3);
    const frames = answerTo(stop);
    frames.ending = 'unsupported';
    expect(judge.judge(stop, frames)).toBe('missing');
    expect(judge.divergence).toMatchObject({ kind: 'ending', unknown: true });
  });

  it('but fails a wrong frame of a walk that ends as unsupported', () => {
    const stop = stopOf(3);
    const frames = answerTo(stop);
    spoil(frames, 1, pc);
    frames.count = 2;
    frames.ending = 'unsupported';
    expect(judge.judge(stop, frames)).toBe('fail');
  });

  it('and keeps the unknown register as the first difference', () => {
    const stop = stopOf(3);
    const frames = answerTo(stop);
    forget(frames, 1, rbx);
    frames.count = 2;
    frames.ending = 'unsupported';
    expect(judge.judge(stop, frames)).toBe('missing');
    expect(judge.divergence).toMatchObject({ kind: 'register', frame: 1, column: rbx });
  });
});

describe('Judge compares deep stacks', () => {
  const verdictAt = (depth: number, frame: number, transfer = false) => {
    const stop = stopOf(depth, { transfer });
    const frames = answerTo(stop);
    spoil(frames, frame, rbx);
    return judge.judge(stop, frames);
  };

  it('wholly to depth 64', () => {
    for (const frame of [1, 32, 33, 56, 57, 64]) expect(verdictAt(64, frame)).toBe('fail');
  });

  it('beyond depth 64 in the first 32 and the last 8 frames', () => {
    for (const frame of [1, 32, 93, 100]) expect(verdictAt(100, frame)).toBe('fail');
    for (const frame of [33, 64, 92]) expect(verdictAt(100, frame)).toBe('pass');
    expect(verdictAt(65, 33)).toBe('pass');
  });

  it('wholly at calls and returns', () => {
    for (const frame of [33, 64, 92]) expect(verdictAt(100, frame, true)).toBe('fail');
  });

  it('always in their number', () => {
    const stop = stopOf(100);
    const frames = answerTo(stop);
    frames.count = 100;
    expect(judge.judge(stop, frames)).toBe('fail');
  });
});

describe('Judge of signal frames', () => {
  /** Frame 1 is a trampoline, frame 2 was interrupted. */
  const signalled = () => {
    const stop = stopOf(3);
    const [trampoline, interrupted] = [stop.callers!, stop.callers!.behind!];
    Object.assign(trampoline, { kind: 'trampoline' });
    Object.assign(interrupted, { kind: 'interrupted' });
    const frames = answerTo(stop);
    frames.signal[1] = 1;
    return { stop, frames };
  };
  const demanding = new Judge(x86_64, true, 'demanded');
  const ignoring = new Judge(x86_64, true, 'ignored');

  it('passes the flag of the frame whose caller was interrupted, and none elsewhere (libunwind #343)', () => {
    const { stop, frames } = signalled();
    for (const one of [judge, demanding, ignoring]) expect(one.judge(stop, frames)).toBe('pass');
  });

  it.each([0, 1, 2, 3])('fails a wrong one of frame %i, unless it is ignored', (frame) => {
    const { stop, frames } = signalled();
    frames.signal[frame]! ^= 1;
    const expected = frame === 1 ? 1 : 0;
    for (const one of [judge, demanding]) {
      expect(one.judge(stop, frames)).toBe('fail');
      const found = { kind: 'signal-frame', frame, unknown: false, expectedLo: expected, actualLo: 1 - expected };
      expect(one.divergence).toMatchObject(found);
    }
    expect(ignoring.judge(stop, frames)).toBe('pass');
  });

  it('misses one that is not told only where it is demanded', () => {
    const { stop, frames } = signalled();
    frames.signal.fill(notTold);
    expect([judge.judge(stop, frames), ignoring.judge(stop, frames)]).toEqual(['pass', 'pass']);
    expect(demanding.judge(stop, frames)).toBe('missing');
    expect(demanding.divergence).toMatchObject({ kind: 'signal-frame', frame: 0, unknown: true });
    forget(frames, 2, rbx);
    expect(demanding.judge(stop, frames)).toBe('missing');
    expect(demanding.divergence).toMatchObject({ kind: 'register', frame: 2, column: rbx });
  });

  it('names wrong registers and endings before wrong flags, but wrong flags before gaps', () => {
    const { stop, frames } = signalled();
    frames.signal[1] = 0;
    forget(frames, 1, rbx);
    expect(judge.judge(stop, frames)).toBe('fail');
    expect(judge.divergence).toMatchObject({ kind: 'signal-frame', frame: 1 });
    frames.ending = 'loop';
    expect(judge.judge(stop, frames)).toBe('fail');
    expect(judge.divergence.kind).toBe('ending');
    spoil(frames, 3, r15);
    expect(judge.judge(stop, frames)).toBe('fail');
    expect(judge.divergence).toMatchObject({ kind: 'register', frame: 3 });
  });
});

describe('a declared end', () => {
  const declared = (more: Partial<DeclaredEnd>): Stop => ({
    ...stopOf(2),
    declared: { room: 0, isOpen: false, endings: ['invalid', 'no-info'], mayEnd: () => false, ...more },
  });

  it('may be reached in each of several ways, and in no other', () => {
    const stop = declared({});
    for (const [ending, verdict] of [
      ['invalid', 'pass'],
      ['no-info', 'pass'],
      ['loop', 'fail'],
    ] as const) {
      const frames = answerTo(stop);
      frames.ending = ending;
      expect(new Judge(x86_64).judge(stop, frames)).toBe(verdict);
    }
  });

  it('may leave open what follows, but no frame before it', () => {
    const stop = declared({ isOpen: true });
    const frames = answerTo(stop);
    frames.count = 5;
    frames.ending = 'limit';
    expect(new Judge(x86_64).judge(stop, frames)).toBe('pass');
    spoil(frames, 2, x86_64.pc);
    expect(new Judge(x86_64).judge(stop, frames)).toBe('fail');
  });

  it('may be reached earlier where that is allowed', () => {
    const stop = declared({ mayEnd: (frame, ending) => frame === 1 && ending === 'no-info' });
    const frames = answerTo(stop);
    frames.count = 2;
    frames.ending = 'no-info';
    expect(new Judge(x86_64).judge(stop, frames)).toBe('pass');
    frames.count = 1;
    expect(new Judge(x86_64).judge(stop, frames)).toBe('fail');
  });

  it('judges the flag of its last frame where nobody stands behind', () => {
    const stop = declared({});
    const frames = answerTo(stop);
    frames.ending = 'invalid';
    frames.signal[2] = 1;
    expect(judge.judge(stop, frames)).toBe('fail');
    const found = { kind: 'signal-frame', frame: 2, unknown: false, expectedLo: 0, actualLo: 1 };
    expect(judge.divergence).toMatchObject(found);
  });

  it.each([false, true])('lets its last frame be called a signal frame only where it is one (open: %s)', (isOpen) => {
    const demanding = new Judge(x86_64, true, 'demanded');
    for (const kind of ['caller', 'interrupted'] as const) {
      const stop = { ...declared({ isOpen }), depth: 1 };
      Object.assign(stop.callers!.behind!, { kind });
      const frames = answerTo(stop);
      if (isOpen) frames.count = 4;
      frames.ending = 'invalid';
      for (const flag of [0, notTold]) {
        frames.signal[1] = flag;
        expect(demanding.judge(stop, frames)).toBe('pass');
      }
      frames.signal[1] = 1;
      expect(demanding.judge(stop, frames)).toBe(kind === 'interrupted' ? 'pass' : 'fail');
      if (kind === 'caller')
        expect(demanding.divergence).toMatchObject({ kind: 'signal-frame', frame: 1, actualLo: 1 });
    }
  });

  it('judges the flag of the last frame of a walk that may end earlier', () => {
    const stop = declared({ mayEnd: () => true });
    const frames = answerTo(stop);
    frames.count = 2;
    frames.signal[1] = 1;
    expect(judge.judge(stop, frames)).toBe('fail');
    expect(judge.divergence).toMatchObject({ kind: 'signal-frame', frame: 1, expectedLo: 0, actualLo: 1 });
  });
});
