import { describe, expect, it } from 'vitest';
import { bytesPerFrame } from '../../../harness/bench/measure/allocation.ts';
import { measureInterleaved, type Timed } from '../../../harness/bench/measure/interleave.ts';

const effort = { rounds: 9, samples: 3, sampleMilliseconds: 0.2, warmUpMilliseconds: 20 };

let sink = 0;

/** Something that takes `amount` units of time for each of 10 frames. */
function work(name: string, amount: number): Timed {
  return {
    name,
    run() {
      for (let i = 0; i < 2000 * amount; i++) sink = (Math.imul(sink, 31) + i) | 0;
      return 10;
    },
  };
}

describe('measureInterleaved()', () => {
  it('gives each thing’s time per frame and its ratio to the first', () => {
    const measured = measureInterleaved([work('unit', 1), work('dear', 8)], effort);
    expect(measured.get('unit')?.ratio).toEqual({ median: 1, q1: 1, q3: 1 });
    const { ratio, nanosecondsPerFrame } = measured.get('dear')!;
    expect(ratio.median).toBeGreaterThan(4);
    expect(ratio.median).toBeLessThan(16);
    expect(nanosecondsPerFrame.q1).toBeLessThanOrEqual(nanosecondsPerFrame.median);
    expect(nanosecondsPerFrame.median).toBeLessThanOrEqual(nanosecondsPerFrame.q3);
  });

  it('throws what a thing throws', () => {
    let runs = 0;
    const failing = {
      name: 'failing',
      run() {
        if (runs++ > 1000) throw new Error('out of order');
        return 1;
      },
    };
    expect(() => measureInterleaved([work('unit', 1), failing], effort)).toThrow('out of order');
  });
});

describe('bytesPerFrame()', () => {
  it('is next to nothing for what allocates nothing', () => {
    // The test runner allocates now and then, too.
    const bytes = Array.from({ length: 5 }, () => bytesPerFrame(work('nothing', 0.01), 50_000));
    expect(Math.min(...bytes)).toBeLessThan(2);
  });

  it('counts what is allocated, also where garbage is collected meanwhile', () => {
    let kept: unknown;
    const allocating = {
      name: 'allocating',
      run() {
        // 16 bytes of header and 8 for each element.
        for (let i = 0; i < 100; i++) kept = new Array(1000).fill(i);
        return 100;
      },
    };
    const bytes = bytesPerFrame(allocating, 20_000);
    expect(kept).toBeDefined();
    expect(bytes).toBeGreaterThan(4000);
    expect(bytes).toBeLessThan(12_000);
  });
});
