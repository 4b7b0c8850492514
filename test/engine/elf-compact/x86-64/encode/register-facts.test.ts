import { describe, expect, it } from 'vitest';
import { popped, pushed } from '../../../../../engine/elf-compact/x86-64/encode/fact-list.ts';
import { FunctionRows } from '../../../../../engine/elf-compact/x86-64/encode/function-rows.ts';
import { RegisterFacts } from '../../../../../engine/elf-compact/x86-64/encode/register-facts.ts';
import { RowClasses } from '../../../../../engine/elf-compact/x86-64/encode/row-classes.ts';
import { FunctionView } from '../../../../../engine/encoding/index.ts';
import { functionOf, type Step } from './functions.ts';

const rbx = 0;

/** The last offset up to which RBX is equal to a slot for a reason, from another on; -1 where it is not even there. */
function lastOf(steps: readonly Step[], kind: number, slot: number, from: number): number {
  const view = new FunctionView(functionOf(steps)).moveTo(0);
  const rows = new FunctionRows();
  const classes = new RowClasses(view.table.sets);
  classes.update();
  expect(rows.load(view, classes, 1000)).toBeUndefined();
  const facts = new RegisterFacts();
  facts.read(view.code, rows);
  let last = -1;
  for (let to = from; to <= view.size; to++) if (facts.holds(rbx, slot, kind, from, to)) last = to;
  return last;
}

const afterPush = (...steps: readonly string[]): Step[] => [
  ['push rbx', 'rsp+16'],
  ...steps.map((step): Step => [step]),
  ['nop 4'],
];

describe('how long a pushed register is equal to its slot', () => {
  it.each([
    ['to the end', [], 5],
    ['until the register is written', ['4889fb'], 4],
    ['until something is stored', ['488907'], 4],
    ['until a function is called', ['e800000000'], 6],
    ['until it is pushed again', ['push rbx'], 2],
    ['until the slot is popped', ['pop rcx'], 2],
    ['until the stack pointer is above it', ['add 8'], 5],
    ['until the stack pointer is loaded', ['4889fc'], 4],
    ['until the stack pointer is rounded down', ['4883e4f0'], 5],
    ['until code cannot be read', ['06'], 1],
    ['while other registers are pushed', ['push rcx', 'push r12'], 8],
    ['while others are moved', ['4889f8'], 8],
  ])('%s', (_, steps, last) => {
    expect(lastOf(afterPush(...steps), pushed, 1, 1)).toBe(last);
  });

  it('only as long as the rows agree about where the stack pointer is', () => {
    expect(lastOf([['push rbx', 'rsp+16'], ['nop 2', 'rsp+24'], ['nop 3']], pushed, 1, 1)).toBe(3);
  });

  it('is the slot it was pushed to, and no other', () => {
    expect(lastOf(afterPush(), pushed, 2, 1)).toBe(-1);
    expect(lastOf(afterPush(), popped, 1, 1)).toBe(-1);
  });
});

describe('how long a restored register is equal to its slot', () => {
  const afterPop = (...steps: readonly Step[]): Step[] => [['push rbx', 'rsp+16'], ['pop rbx', 'rsp+8'], ...steps];

  it('until another register is pushed to the slot', () => {
    expect(
      lastOf(afterPop(['nop 1'], ['push rcx', 'rsp+16'], ['nop 1'], ['pop rcx', 'rsp+8'], ['ret']), popped, 1, 2),
    ).toBe(4);
  });

  it('although something is stored elsewhere', () => {
    expect(lastOf(afterPop(['488907'], ['ret']), popped, 1, 2)).toBe(6);
  });

  it('until someone jumps there who has it in the slot', () => {
    const steps: Step[] = [['push rbx', 'rsp+16 rbx-16'], ['7401'], ['pop rbx', 'rsp+8 rbx-16'], ['nop 2'], ['ret']];
    expect(lastOf(steps, popped, 1, 4)).toBe(4);
  });
});
