import { afterEach, beforeEach, describe, expect, type MockInstance, test, vi } from 'vitest';
import { GeneralStep } from '../../engine/general-step.ts';
import { AddressSpace, aarch64, LocationCursor, RuleCache, StackCursor, Step, x86_64 } from '../../engine/index.ts';
import { type HandMadeRow, handMadeModule, registerFile, wordMemory } from './hand-made.ts';

/** Count how often rules are not where the last walk left a note. */
class CountingStackCursor extends StackCursor {
  searches = 0;
  protected override findSlot(): number {
    this.searches++;
    return super.findSlot();
  }
}
class CountingLocationCursor extends LocationCursor {
  searches = 0;
  protected override findSlot(): number {
    this.searches++;
    return super.findSlot();
  }
}

let generalSteps: MockInstance<GeneralStep['step']>;
beforeEach(() => {
  generalSteps = vi.spyOn(GeneralStep.prototype, 'step');
});
afterEach(() => {
  generalSteps.mockRestore();
});

const saved = (offset: bigint) => ({ kind: 'offset', offset }) as const;

/** Frames of 4 words; function i was called by function i + 1, and nobody called the fourth. */
const programs = [
  {
    name: 'x86-64, by SP',
    architecture: x86_64,
    row: { cfa: { register: 'rsp', offset: 32n }, rules: { rbx: saved(-24n), rbp: saved(-16n), rip: saved(-8n) } },
    root: { rules: { rip: { kind: 'undefined' } } },
    given: { rip: 0x1004n, rsp: 0x7000n },
  },
  {
    name: 'x86-64, by the frame pointer',
    architecture: x86_64,
    row: { cfa: { register: 'rbp', offset: 16n }, rules: { rbx: saved(-24n), rbp: saved(-16n), rip: saved(-8n) } },
    root: { rules: { rip: { kind: 'undefined' } } },
    given: { rip: 0x1004n, rsp: 0x7000n, rbp: 0x7010n },
  },
  {
    name: 'aarch64, by SP',
    architecture: aarch64,
    row: { cfa: { register: 'sp', offset: 32n }, rules: { x19: saved(-24n), x29: saved(-16n), x30: saved(-8n) } },
    root: { rules: { x30: { kind: 'undefined' } } },
    given: { pc: 0x1004n, sp: 0x7000n },
  },
  {
    name: 'aarch64, by the frame pointer',
    architecture: aarch64,
    row: { cfa: { register: 'x29', offset: 16n }, rules: { x19: saved(-24n), x29: saved(-16n), x30: saved(-8n) } },
    root: { rules: { x30: { kind: 'undefined' } } },
    given: { pc: 0x1004n, sp: 0x7000n, x29: 0x7010n },
  },
] as const;

const words = wordMemory(
  Object.fromEntries(
    [0, 1, 2].flatMap((i) => [
      [0x7000 + 32 * i, 0n],
      [0x7008 + 32 * i, 0xbb00n + BigInt(i)],
      [0x7010 + 32 * i, 0x7030n + BigInt(32 * i)],
      [0x7018 + 32 * i, 0x1018n + BigInt(16 * i)],
    ]),
  ),
);

describe.each(programs)('frames of $name', ({ architecture, row, root, given }) => {
  const rows: HandMadeRow[] = [row, row, row, root];
  const functions = rows.map((one, i) => {
    const start = 0x1000n + BigInt(16 * i);
    return { start, end: start + 16n, row: one };
  });
  const file = registerFile(architecture, given);

  test.each([
    ['StackCursor', CountingStackCursor],
    ['LocationCursor', CountingLocationCursor],
  ] as const)('take a %s no general step but that of the root, and no search the second time', (_, Cursor) => {
    const { module } = handMadeModule(architecture, functions);
    const cache = new RuleCache(architecture);
    const cursor = new Cursor(new AddressSpace(architecture, [module]), { cache });
    const walk = () => {
      cursor.start(words, file);
      const steps = [cursor.step(), cursor.step(), cursor.step(), cursor.step()];
      expect(steps).toEqual([Step.caller, Step.caller, Step.caller, Step.root]);
    };
    walk();
    expect(generalSteps).toHaveBeenCalledTimes(1);
    walk();
    expect(generalSteps).toHaveBeenCalledTimes(2);
    cursor.searches = 0;
    walk();
    // A walk begins anywhere: only its first frame is searched for, and that of the root, which has no plain rules.
    expect(cursor.searches).toBeLessThanOrEqual(1);
    expect(generalSteps).toHaveBeenCalledTimes(3);
  });

  test.each([
    ['StackCursor', StackCursor],
    ['LocationCursor', LocationCursor],
  ] as const)('take a %s without a cache no general step but that of the root', (_, Cursor) => {
    const { module } = handMadeModule(architecture, functions);
    const cursor = new Cursor(new AddressSpace(architecture, [module]));
    cursor.start(words, file);
    expect([cursor.step(), cursor.step(), cursor.step(), cursor.step()].at(-1)).toBe(Step.root);
    expect(generalSteps).toHaveBeenCalledTimes(1);
  });
});
