import { describe, expect, it } from 'vitest';
import { expressionProblem } from '../../../harness/check/expression-problem.ts';

const [breg7, bra, skip, dup, nop] = [0x77, 0x28, 0x2f, 0x12, 0x96];
const lit = (value: number) => 0x30 + value;
const by = (distance: number) => [distance & 0xff, (distance >> 8) & 0xff];
const problem = (code: readonly number[], initial = 0) => expressionProblem(Uint8Array.from(code), initial);

/** Breg7, and where it is not 0, 1, otherwise `other`; whichever it is, 0 leads to `skip` to itself, 1 to its end. */
const choice = (other: number) => [
  ...[breg7, 0, bra, ...by(4), lit(other), skip, ...by(1), lit(1)],
  ...[bra, ...by(3), skip, ...by(-3), lit(5)],
];

describe('expressionProblem()', () => {
  it('follows each value that is known: one of two that meet at the same depth may end', () => {
    expect(problem(choice(0))).toBeUndefined();
    expect(problem([lit(0), ...choice(0).slice(10)])).toBe('it never ends');
    expect(problem([breg7, 0, bra, ...by(4), lit(0), skip, ...by(1), lit(0), ...choice(0).slice(10)])).toBe(
      'it never ends',
    );
  });

  it('does not tell that an expression never ends where it has not seen all of it', () => {
    // 40 values, then branches that depend on them: the lowest leads to a loop, and that is too deep to tell.
    const values = Array.from({ length: 40 }, (_, i) => lit(i === 0 ? 0 : 1));
    const branches = Array.from({ length: 40 }, () => [bra, ...by(3), skip, ...by(-3)]).flat();
    expect(problem([...values, ...branches])).toBeUndefined();
    expect(problem([...values, ...branches.slice(0, 36)])).toBeUndefined();
    // Twelve values of two each, in more combinations than are looked at, before a loop.
    const dispatch = Array.from({ length: 12 }, () => choice(0).slice(0, 10)).flat();
    expect(problem([...dispatch, skip, ...by(-3)])).toBeUndefined();
    // A stretch of 30,000 operations that is executed once more for each value on the stack.
    const stretch = Array<number>(30_000).fill(nop);
    const back = [dup, breg7, 0, bra, ...by(-(stretch.length + 6))];
    expect(problem([...stretch, ...back, ...stretch, ...back, ...stretch, ...back], 1)).toBeUndefined();
  });

  it('tells of one that grows its stack for ever', () => {
    expect(problem([lit(1), skip, ...by(-4)])).toBe('it never ends');
    expect(problem([breg7, 0, dup, dup, bra, ...by(0), skip, ...by(-8)])).toBe('it never ends');
  });

  it('tells what is wrong on any way that the values lead to', () => {
    expect(problem([breg7, 0, bra, ...by(1), nop, 0x22])).toBe('it takes more from its stack than is there at +0x6');
    expect(problem([breg7, 0, 0x13])).toBe('it leaves no value');
  });
});
