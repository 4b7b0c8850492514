import { afterEach, describe, expect, test, vi } from 'vitest';
import { AddressSpace, Module, x86_64 } from '../../engine/index.ts';

const made = (start: number, end: number) =>
  new Module('made', x86_64, BigInt(start), BigInt(end), { lookup: () => false });
const low = made(0x1000, 0x2000);
const high = made(0x5000, 0x6000);
const between = made(0x3000, 0x4000);
const find = (space: AddressSpace, addresses: readonly number[]) => addresses.map((address) => space.find(address, 0));

describe('an address space whose modules come and go', () => {
  afterEach(() => {
    vi.restoreAllMocks();
  });

  test.each([0x1000, 0x2800, 0x5000, 0x7000])(
    'finds what came between two others, after %i was asked for',
    (before) => {
      const space = new AddressSpace(x86_64, [low, high]);
      find(space, [before]);
      space.add(between);
      expect(find(space, [0x3000, 0x2fff, 0x4000, 0x1fff, 0x5000])).toEqual([between, undefined, undefined, low, high]);
      find(space, [before]);
      space.remove(between);
      expect(find(space, [0x3000, 0x1000, 0x5000])).toEqual([undefined, low, high]);
    },
  );

  test('sorts them once for all addresses that are asked for until then', () => {
    const contains = vi.spyOn(Module.prototype, 'contains');
    const space = new AddressSpace(x86_64, [low, high]);
    expect(contains).not.toHaveBeenCalled();
    find(space, [0x1000]);
    const sorted = contains.mock.calls.length;
    find(space, [0x5000, 0x1000, 0x9000, 0x5000]);
    expect(contains).toHaveBeenCalledTimes(sorted);
    space.add(between);
    find(space, [0x1000]);
    expect(contains.mock.calls.length).toBeGreaterThan(sorted);
  });
});
