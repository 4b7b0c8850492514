import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  AddressSpace,
  type Architecture,
  aarch64,
  FrameBuffer,
  LocationCursor,
  Memory,
  RuleCache,
  StackCursor,
  Step,
  Walker,
  x86_64,
} from '../../engine/index.ts';
import { column, type HandMadeFunction, type HandMadeRule, handMadeModule, hi, lo, wordWindow } from './hand-made.ts';

/** One function of a random program: what it does with the stack, in words of 8 bytes. */
interface Shape {
  /** Words of its frame, the saved registers and the return address among them. */
  readonly size: number;
  /** Callee-saved registers it saves, in the words from the CFA down. */
  readonly saves: readonly string[];
  /** It keeps its CFA in the frame pointer plus an offset, and moves SP down by some words more. */
  readonly byFramePointer: number | undefined;
  /** Has its rules too unusual for the fast path: another register is computed from the CFA. */
  readonly isUnusual: boolean;
  /** Signs its return address (AArch64). */
  readonly signs: boolean;
}

interface Plan {
  readonly codeStart: bigint;
  readonly stackEnd: bigint;
  readonly shapes: readonly Shape[];
  /** The active functions, outermost first. */
  readonly calls: readonly number[];
  readonly values: readonly bigint[];
  /** Whether the memory is one window, or two that meet somewhere in the stack. */
  readonly cut: number | undefined;
  /** Words below SP that are there but cannot be read. */
  readonly below: number;
}

/** A frame as it truly is. */
interface Truth {
  readonly registers: ReadonlyMap<string, bigint>;
  /** Where each register's value was saved. */
  readonly places: ReadonlyMap<string, bigint>;
}

const mask = 0x007f_0000_0000_0000n;
const code = 0x0055_0000_0000_0000n;

function plans({ calleeSaved, columnNames, fp, columnCount }: Architecture): fc.Arbitrary<Plan> {
  const saved = calleeSaved.filter((one) => one !== fp).map((one) => columnNames[one]!);
  const shape: fc.Arbitrary<Shape> = fc
    .record({
      saves: fc.oneof(fc.subarray(saved), fc.shuffledSubarray(saved)),
      more: fc.integer({ min: 0, max: 5 }),
      byFramePointer: fc.option(fc.integer({ min: 0, max: 4 }), { nil: undefined }),
      isUnusual: fc.integer({ min: 0, max: 3 }).map((n) => n === 0),
      signs: fc.boolean(),
    })
    .map(({ more, ...made }) => ({ ...made, size: made.saves.length + 2 + more }));
  return fc.record({
    codeStart: fc.constantFrom(0x1000n, 0xffff_fff0n, 0xffff_ffff_8100_0000n),
    stackEnd: fc.constantFrom(0x8000n, 0x1_0000_0040n, 0x7_0000_0000n, 0xffff_c900_0000_1000n),
    shapes: fc.array(shape, { minLength: 1, maxLength: 4 }),
    calls: fc.array(fc.nat({ max: 1000 }), { minLength: 1, maxLength: 8 }),
    values: fc.array(fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }), { minLength: columnCount, maxLength: columnCount }),
    cut: fc.option(fc.nat({ max: 200 }), { nil: undefined }),
    below: fc.nat({ max: 3 }),
  });
}

function functionsOf(architecture: Architecture, { shapes, codeStart }: Plan): HandMadeFunction[] {
  const { columnNames, fp, sp, link, pc } = architecture;
  const fpName = columnNames[fp]!;
  const rows = shapes.map((shape, i): HandMadeFunction => {
    const rules: Record<string, HandMadeRule> = {
      [columnNames[link < 0 ? pc : link]!]: { kind: 'offset', offset: -8n },
      [fpName]: { kind: 'offset', offset: -16n },
    };
    shape.saves.forEach((name, n) => {
      rules[name] = { kind: 'offset', offset: -8n * BigInt(n + 3) };
    });
    if (shape.isUnusual) rules[columnNames[1]!] = { kind: 'valOffset', offset: 0x1_0000_0000n };
    const register = columnNames[shape.byFramePointer === undefined ? sp : fp]!;
    const offset = 8n * BigInt(shape.byFramePointer ?? shape.size);
    const start = codeStart + 16n * BigInt(i + 1);
    const signState = link >= 0 && shape.signs ? 1 : 0;
    return { start, end: start + 16n, row: { cfa: { register, offset }, rules, signState } };
  });
  const nobodyCalled: HandMadeRule = { kind: 'undefined' };
  const root = {
    cfa: { register: columnNames[sp]!, offset: 0n },
    rules: { [columnNames[link < 0 ? pc : link]!]: nobodyCalled },
  };
  return [{ start: codeStart, end: codeStart + 16n, row: root }, ...rows];
}

/** Calls the functions one by one: the frames, innermost first, and the stack that is then there. */
function execute(architecture: Architecture, plan: Plan): { frames: Truth[]; memory: Memory } {
  const { columnNames, fp, sp, link, pc, signState } = architecture;
  const [fpName, spName, pcName] = [columnNames[fp]!, columnNames[sp]!, columnNames[pc]!];
  const registers = new Map(columnNames.map((name, i) => [name, plan.values[i]!]));
  if (signState >= 0) registers.set(columnNames[signState]!, 0n);
  const words = new Map<bigint, bigint>();
  let stack = plan.stackEnd - 64n;
  let random = 1n;
  const clobbered = () => {
    random = BigInt.asUintN(64, random * 6364136223846793005n + 1442695040888963407n);
    return random;
  };
  registers.set(spName, stack);
  registers.set(pcName, plan.codeStart + 8n);
  if (link >= 0) registers.set(columnNames[link]!, plan.codeStart + 8n);
  const frames: Truth[] = [{ registers: new Map(registers), places: new Map() }];
  const saveSlots: Map<string, bigint>[] = [];
  plan.calls.forEach((call, depth) => {
    const number = call % plan.shapes.length;
    const shape = plan.shapes[number]!;
    const returnAddress = registers.get(pcName)!;
    const cfa = stack;
    const slots = new Map<string, bigint>();
    const save = (name: string, word: number, value: bigint) => {
      words.set(cfa - 8n * BigInt(word), value);
      slots.set(name, cfa - 8n * BigInt(word));
    };
    const upper = (returnAddress & (1n << 55n)) !== 0n;
    const signed = upper ? returnAddress & ~code : returnAddress | code;
    save(link < 0 ? pcName : columnNames[link]!, 1, link >= 0 && shape.signs ? signed : returnAddress);
    save(fpName, 2, registers.get(fpName)!);
    shape.saves.forEach((name, n) => {
      save(name, n + 3, registers.get(name)!);
      registers.set(name, clobbered());
    });
    stack = cfa - 8n * BigInt(shape.size);
    registers.set(fpName, clobbered());
    if (shape.byFramePointer !== undefined) {
      registers.set(fpName, cfa - 8n * BigInt(shape.byFramePointer));
      stack -= 8n * BigInt(shape.byFramePointer);
    }
    registers.set(spName, stack);
    const start = plan.codeStart + 16n * BigInt(number + 1);
    const isInnermost = depth === plan.calls.length - 1;
    registers.set(pcName, start + (isInnermost ? 4n : 16n - BigInt(depth % 2)));
    saveSlots.push(slots);
    frames.unshift({ registers: new Map(registers), places: new Map() });
  });
  // Going back: what a rule computes, and where what is not computed was saved.
  for (let i = 0; i + 1 < frames.length; i++) {
    const call = plan.calls[plan.calls.length - 1 - i]!;
    const shape = plan.shapes[call % plan.shapes.length]!;
    const slots = saveSlots[plan.calls.length - 1 - i]!;
    const callee = frames[i]!;
    const caller = frames[i + 1]!;
    const places = new Map(callee.places);
    for (const [name, place] of slots) places.set(name, place);
    const returnName = columnNames[link < 0 ? pc : link]!;
    places.delete(pcName);
    if (link >= 0 && shape.signs) places.delete(returnName);
    const recovered = new Map(callee.registers);
    for (const name of slots.keys()) recovered.set(name, caller.registers.get(name)!);
    if (link >= 0) recovered.set(returnName, caller.registers.get(pcName)!);
    if (shape.isUnusual) {
      recovered.set(columnNames[1]!, BigInt.asUintN(64, caller.registers.get(spName)! + 0x1_0000_0000n));
      places.delete(columnNames[1]!);
    }
    recovered.set(spName, caller.registers.get(spName)!);
    recovered.set(pcName, caller.registers.get(pcName)!);
    frames[i + 1] = { registers: recovered, places };
  }
  const low = stack - 8n * BigInt(plan.below);
  const all: [bigint, bigint][] = [];
  for (let at = low; at < plan.stackEnd; at += 8n) all.push([at, words.get(at) ?? 0xdead_0000_0000_0000n + at]);
  const cut = plan.cut === undefined ? all.length : plan.cut % all.length;
  const windows = [all.slice(cut), all.slice(0, cut)].filter((part) => part.length > 0).map(wordWindow);
  const lowest = windows.at(-1)!;
  lowest.readable = 8 * Math.min(plan.below, lowest.size / 8);
  return { frames, memory: new Memory(windows) };
}

const pair = (buffer: Uint32Array, index: number) =>
  (BigInt(buffer[2 * index + 1]!) << 32n) | BigInt(buffer[2 * index]!);

/** The registers that a walk need not have: AArch64's own account of signing. */
const compared = ({ columnNames, signState }: Architecture) => columnNames.filter((_, i) => i !== signState);

function seen(cursor: StackCursor | LocationCursor, architecture: Architecture) {
  const { columnCount } = architecture;
  const values = new Uint32Array(2 * columnCount);
  const known = new Uint8Array(columnCount);
  cursor.copyTo(values, known, 0);
  return new Map(
    compared(architecture).map((name) => {
      const index = column(architecture, name);
      return [name, known[index] === 1 ? pair(values, index) : undefined];
    }),
  );
}

const registersAlone = (architecture: Architecture, { registers }: Truth) =>
  new Map(compared(architecture).map((name) => [name, registers.get(name)!]));

function fileOf(architecture: Architecture, { registers }: Truth): Uint32Array {
  return Uint32Array.from(
    architecture.columnNames.flatMap((name) => [lo(registers.get(name)!), hi(registers.get(name)!)]),
  );
}

describe.each([x86_64, aarch64])('a walk of a random stack on $name', (architecture) => {
  const [maskLo, maskHi] = [lo(mask), hi(mask)];
  const check = (property: (plan: Plan) => void) =>
    fc.assert(fc.property(plans(architecture), property), { numRuns: 25 });
  const spaceOf = (plan: Plan) =>
    new AddressSpace(architecture, [handMadeModule(architecture, functionsOf(architecture, plan)).module]);

  test.each([
    ['a StackCursor', (space: AddressSpace) => new StackCursor(space)],
    [
      'a StackCursor with a cache',
      (space: AddressSpace) => new StackCursor(space, { cache: new RuleCache(architecture) }),
    ],
    [
      'a StackCursor with two slots',
      (space: AddressSpace) => new StackCursor(space, { cache: new RuleCache(architecture, { slots: 2 }) }),
    ],
    ['a LocationCursor', (space: AddressSpace) => new LocationCursor(space)],
    [
      'a LocationCursor with a cache',
      (space: AddressSpace) => new LocationCursor(space, { cache: new RuleCache(architecture) }),
    ],
  ])('by %s has the registers of every frame', (_, open) => {
    check((plan) => {
      const { frames, memory } = execute(architecture, plan);
      const cursor = open(spaceOf(plan));
      for (let round = 0; round < 2; round++) {
        cursor.start(memory, fileOf(architecture, frames[0]!), maskLo, maskHi);
        for (const [i, truth] of frames.entries()) {
          expect(seen(cursor, architecture)).toEqual(registersAlone(architecture, truth));
          expect(cursor.step()).toBe(i === frames.length - 1 ? Step.root : Step.caller);
          expect(cursor.isSignalFrame).toBe(false);
        }
      }
    });
  });

  test.each([
    ['', {}],
    [' with a cache', { cache: new RuleCache(architecture) }],
  ])('by a LocationCursor%s says where each register was saved', (_, options) => {
    check((plan) => {
      const { frames, memory } = execute(architecture, plan);
      const cursor = new LocationCursor(spaceOf(plan), options);
      const out = new Uint32Array(2);
      cursor.start(memory, fileOf(architecture, frames[0]!), maskLo, maskHi);
      for (const { places } of frames) {
        const found = architecture.columnNames.flatMap((name, i) =>
          cursor.address(i, out, 0) ? [[name, pair(out, 0)] as const] : [],
        );
        expect(new Map(found)).toEqual(
          new Map(architecture.columnNames.flatMap((name) => (places.has(name) ? [[name, places.get(name)!]] : []))),
        );
        cursor.step();
      }
    });
  });

  test('may go on with another cursor at any frame', () => {
    check((plan) => {
      const { frames, memory } = execute(architecture, plan);
      const space = spaceOf(plan);
      const buffer = new FrameBuffer(architecture, frames.length + 1);
      buffer.start(fileOf(architecture, frames[0]!));
      new Walker(new StackCursor(space)).walk(memory, buffer, maskLo, maskHi);
      expect([buffer.count, buffer.ending]).toEqual([frames.length, 'root']);
      frames.forEach((_, i) => {
        for (const Cursor of [StackCursor, LocationCursor]) {
          const cursor = new Cursor(space);
          cursor.resume(memory, buffer.values, buffer.known, i * architecture.columnCount, i === 0, maskLo, maskHi);
          for (const truth of frames.slice(i)) {
            expect(seen(cursor, architecture)).toEqual(registersAlone(architecture, truth));
            cursor.step();
          }
        }
      });
    });
  });
});
