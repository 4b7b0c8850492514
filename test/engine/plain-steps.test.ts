import { afterEach, beforeEach, describe, expect, type MockInstance, test, vi } from 'vitest';
import { GeneralStep } from '../../engine/general-step.ts';
import {
  AddressSpace,
  aarch64,
  LocationCursor,
  Memory,
  RuleCache,
  StackCursor,
  Step,
  x86_64,
} from '../../engine/index.ts';
import { type HandMadeRow, handMadeModule, registerFile, wordWindow } from './hand-made.ts';

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

/** High halves that differ from each other and from those of small numbers. */
const code = 0x5555_0000_1000n;
const stack = 0x7ffc_0000_7000n;

/**
 * Frames of 4 words, registers saved in all but the second; function i was called by function i + 1, and nobody called
 * the fourth.
 */
const programs = [
  {
    name: 'x86-64, by SP',
    architecture: x86_64,
    row: { cfa: { register: 'rsp', offset: 32n }, rules: { rbx: saved(-32n), rbp: saved(-16n), rip: saved(-8n) } },
    root: { rules: { rip: { kind: 'undefined' } } },
    given: { rip: code + 4n, rsp: stack },
  },
  {
    name: 'x86-64, by the frame pointer',
    architecture: x86_64,
    row: { cfa: { register: 'rbp', offset: 16n }, rules: { rbx: saved(-32n), rbp: saved(-16n), rip: saved(-8n) } },
    root: { rules: { rip: { kind: 'undefined' } } },
    given: { rip: code + 4n, rsp: stack, rbp: stack + 16n },
  },
  {
    name: 'aarch64, by SP',
    architecture: aarch64,
    row: { cfa: { register: 'sp', offset: 32n }, rules: { x19: saved(-32n), x29: saved(-16n), x30: saved(-8n) } },
    root: { rules: { x30: { kind: 'undefined' } } },
    given: { pc: code + 4n, sp: stack },
  },
  {
    name: 'aarch64, by the frame pointer',
    architecture: aarch64,
    row: { cfa: { register: 'x29', offset: 16n }, rules: { x19: saved(-32n), x29: saved(-16n), x30: saved(-8n) } },
    root: { rules: { x30: { kind: 'undefined' } } },
    given: { pc: code + 4n, sp: stack, x29: stack + 16n },
  },
] as const;

/** The stack is not the first memory there is. */
const memory = new Memory([
  wordWindow([[0x5000n, 0n]]),
  wordWindow(
    [0n, 1n, 2n].flatMap((i) => [
      [stack + 32n * i, 0xbb00n + i],
      [stack + 32n * i + 16n, stack + 32n * i + 48n],
      [stack + 32n * i + 24n, code + 16n * i + 24n],
    ]),
  ),
]);

describe.each(programs)('frames of $name', ({ architecture, row, root, given }) => {
  const rows: HandMadeRow[] = [row, row, row, root];
  const functions = rows.map((one, i) => {
    const start = code + BigInt(16 * i);
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
      cursor.start(memory, file);
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
    cursor.start(memory, file);
    expect([cursor.step(), cursor.step(), cursor.step(), cursor.step()].at(-1)).toBe(Step.root);
    expect(generalSteps).toHaveBeenCalledTimes(1);
  });
});
