import { describe, expect, test } from 'vitest';
import { FrameBuffer, UnwindError, x86_64 } from '../../engine/index.ts';
import { distinct, registerFile } from './hand-made.ts';

describe('a frame buffer', () => {
  test('has room for all registers of as many frames as it is told', () => {
    const frames = new FrameBuffer(x86_64, 3);
    expect([frames.values.length, frames.known.length, frames.signal.length]).toEqual([102, 51, 3]);
    expect([frames.capacity, frames.count, frames.ending]).toEqual([3, 0, 'limit']);
  });

  test('starts with one frame, all of it known, whatever was in it before', () => {
    const frames = new FrameBuffer(x86_64, 3);
    frames.count = 3;
    frames.ending = 'invalid';
    frames.error = new UnwindError('invalid', '.eh_frame', 0, 'expected something else');
    frames.start(registerFile(x86_64, { rsp: 0x7fff_1234_5678_9abcn }));
    expect([frames.count, frames.ending, frames.error]).toEqual([1, 'limit', undefined]);
    expect([frames.value(0, 7), frames.value(0, 15)]).toEqual([0x7fff_1234_5678_9abcn, distinct(15)]);
    expect([...frames.known]).toEqual([...Array(17).fill(1), ...Array(34).fill(0)]);
  });

  test('shows what is known of the frames that are there', () => {
    const frames = new FrameBuffer(x86_64, 3);
    frames.start(registerFile(x86_64, {}));
    frames.count = 2;
    frames.values.set([0x89abcdef, 0x81234567], 2 * (17 + 3));
    frames.known[17 + 3] = 1;
    frames.known[34 + 3] = 1;
    expect([frames.value(1, 3), frames.value(1, 4), frames.value(2, 3)]).toEqual([
      0x8123_4567_89ab_cdefn,
      undefined,
      undefined,
    ]);
  });
});
