import { expect, it } from 'vitest';
import { x86_64 } from '../../../engine/index.ts';
import { GuardedFrames } from '../../../harness/runner/guarded-frames.ts';

it('a guarded buffer tells when something was written behind its end, and only then', () => {
  const { columnCount } = x86_64;
  const frames = new GuardedFrames(x86_64, 3);
  expect(frames.capacity).toBe(3);
  frames.values.fill(1, 0, 2 * 3 * columnCount);
  frames.known.fill(1, 0, 3 * columnCount);
  frames.signal.fill(1, 0, 3);
  expect(frames.problem()).toBeUndefined();
  for (const spoil of [
    () => frames.values.fill(0, 2 * 3 * columnCount, 2 * 3 * columnCount + 1),
    () => frames.known.fill(0, 3 * columnCount, 3 * columnCount + 1),
    () => frames.signal.fill(0, 3, 4),
  ]) {
    spoil();
    expect(frames.problem()).toContain('3 frames');
    frames.values.fill(0xa5a5a5a5, 2 * 3 * columnCount);
    frames.known.fill(0xa5, 3 * columnCount);
    frames.signal.fill(0xa5, 3);
    expect(frames.problem()).toBeUndefined();
  }
});
