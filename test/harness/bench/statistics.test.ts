import { describe, expect, it } from 'vitest';
import { quantile, relativeSpread, spreadOf } from '../../../harness/bench/measure/statistics.ts';

describe('quantile()', () => {
  it('interpolates between the nearest ranks', () => {
    expect(quantile([10], 0.25)).toBe(10);
    expect(quantile([1, 2, 3, 4], 0.5)).toBe(2.5);
    expect(quantile([0, 10, 20, 30, 40], 0.25)).toBe(10);
    expect(quantile([0, 10], 0.9)).toBeCloseTo(9);
  });

  it('needs values', () => {
    expect(() => quantile([], 0.5)).toThrow(RangeError);
  });
});

describe('spreadOf()', () => {
  it('gives median and quartiles of values in any order, as numbers', () => {
    expect(spreadOf([100, 9, 20, 3, 30])).toEqual({ median: 20, q1: 9, q3: 30 });
  });

  it('leaves the values as they were', () => {
    const values = [3, 1, 2];
    spreadOf(values);
    expect(values).toEqual([3, 1, 2]);
  });
});

describe('relativeSpread()', () => {
  it('is the distance of the quartiles over the median', () => {
    expect(relativeSpread({ median: 10, q1: 9, q3: 11 })).toBeCloseTo(0.2);
    expect(relativeSpread({ median: 0, q1: 0, q3: 0 })).toBe(0);
  });
});
