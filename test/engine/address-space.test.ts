import { describe, expect, test } from 'vitest';
import { AddressSpace, Module, Row, type RowSource, RuleCache, x86_64 } from '../../engine/index.ts';
import { type HandMadeRow, handMadeModule, hi, lo } from './hand-made.ts';

const row = (offset: bigint): HandMadeRow => ({ cfa: { register: 'rsp', offset } });
const made = (start: bigint, end: bigint, offset = 8n) =>
  handMadeModule(x86_64, [{ start, end, row: row(offset) }]).module;

const low = made(0x1000n, 0x2000n);
const high = made(0x7f00_0000_0000n, 0x7f00_0000_1000n);
const across = made(0xffff_f000n, 0x1_0000_1000n);

const find = (space: AddressSpace, address: bigint) => space.find(lo(address), hi(address));
/** The offset of the CFA that is found. */
const cfa = (space: AddressSpace, address: bigint) => {
  const found = new Row(x86_64.columnCount);
  return space.lookup(lo(address), hi(address), found) ? BigInt(found.cfaLo) : undefined;
};

describe('an address space', () => {
  test('finds modules by their first and last address, in any order', () => {
    const space = new AddressSpace(x86_64, [high, low, across]);
    for (const [module, first, last] of [
      [low, 0x1000n, 0x1fffn],
      [across, 0xffff_f000n, 0x1_0000_0fffn],
      [high, 0x7f00_0000_0000n, 0x7f00_0000_0fffn],
    ] as const) {
      for (const address of [first, last, first]) expect(find(space, address)).toBe(module);
      expect(find(space, first - 1n)).toBeUndefined();
      expect(find(space, last + 1n)).toBeUndefined();
    }
    expect(find(space, 0n)).toBeUndefined();
    expect(find(space, 2n ** 64n - 1n)).toBeUndefined();
  });

  test('has modules that lie side by side', () => {
    const next = made(0x2000n, 0x3000n);
    const space = new AddressSpace(x86_64, [low, next]);
    expect([find(space, 0x1fffn), find(space, 0x2000n), find(space, 0x3000n)]).toEqual([low, next, undefined]);
  });

  test('is empty without modules', () => {
    expect(find(new AddressSpace(x86_64), 0x1000n)).toBeUndefined();
  });

  test('asks overlapping modules in the order they were added', () => {
    const whole = new Module('whole', x86_64, 0x1000n, 0x4000n, made(0x1000n, 0x1800n, 16n).source);
    const space = new AddressSpace(x86_64, [whole]);
    space.add(made(0x1000n, 0x3000n, 24n));
    expect([cfa(space, 0x1000n), cfa(space, 0x1800n), cfa(space, 0x3800n)]).toEqual([16n, 24n, undefined]);
    expect(find(space, 0x1800n)).toBe(whole);
  });

  test('has a module once that it was given twice', () => {
    const space = new AddressSpace(x86_64, [low, low]);
    space.remove(low);
    expect(find(space, 0x1000n)).toBeUndefined();
  });

  test('does not find a module again that was removed, even if it answered last', () => {
    const space = new AddressSpace(x86_64, [low, high]);
    expect(find(space, 0x1000n)).toBe(low);
    space.remove(low);
    expect(find(space, 0x1000n)).toBeUndefined();
    expect(cfa(space, 0x1000n)).toBeUndefined();
    const other = made(0x1000n, 0x2000n, 16n);
    space.add(other);
    expect(find(space, 0x1000n)).toBe(other);
    expect(find(space, 0x7f00_0000_0000n)).toBe(high);
  });

  test('gives each state of each space a generation of its own', () => {
    const one = new AddressSpace(x86_64, [low]);
    const generations = [one.generation];
    one.add(high);
    generations.push(one.generation);
    one.remove(high);
    generations.push(one.generation, new AddressSpace(x86_64, [low]).generation);
    expect(new Set(generations).size).toBe(4);
  });

  test('asks the first module at an address for plain rules, if that can give any', () => {
    const rules = new RuleCache(x86_64, { slots: 1 }).firstRules;
    const plain = (answer: boolean) => {
      const asked: bigint[] = [];
      const source: RowSource = {
        lookup: () => false,
        lookupPlain: (pcLo, pcHi, into) => {
          expect(into).toBe(rules);
          asked.push((BigInt(pcHi) << 32n) | BigInt(pcLo));
          return answer;
        },
      };
      return { asked, module: new Module('plain', x86_64, 0x1000n, 0x2000n, source) };
    };
    const [yes, no] = [plain(true), plain(false)];
    const ask = (modules: readonly Module[], address: bigint) =>
      new AddressSpace(x86_64, modules).lookupPlain(lo(address), hi(address), rules);
    expect([ask([yes.module], 0x1234n), ask([yes.module], 0x2000n), ask([no.module, yes.module], 0x1235n)]).toEqual([
      true,
      false,
      false,
    ]);
    expect([yes.asked, no.asked]).toEqual([[0x1234n], [0x1235n]]);
    expect([ask([low], 0x1234n), ask([], 0x1234n)]).toEqual([false, false]);
  });

  test('is not changed by a module it has, or has not', () => {
    const space = new AddressSpace(x86_64, [low]);
    const { generation } = space;
    space.add(low);
    space.remove(high);
    expect(space.generation).toBe(generation);
    expect(find(space, 0x1000n)).toBe(low);
  });
});
