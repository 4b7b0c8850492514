import { describe, expect, it } from 'vitest';
import { bearable, Deaths, describeDeath } from '../../../harness/runner/deaths.ts';

const death = (unwinder: string, stop = 0) => ({ unwinder, how: 'hang', run: 0, stop, pc: '0x1' });

describe('Deaths', () => {
  const programs = Array.from({ length: 3 * bearable }, (_, i) => i);
  const ended = (order: readonly number[]) => {
    const deaths = new Deaths(programs.length);
    for (const number of order) {
      // Whoever is gone is not asked, and cannot die.
      if (!deaths.without(number).includes('bad')) deaths.add(number, death('bad', number));
    }
    deaths.add(programs.length - 1, death('good'));
    return programs.map((number) => ({ of: deaths.of(number), gone: deaths.goneBefore(number) }));
  };

  it('lets an unwinder cost so many programs, and no more', () => {
    const told = ended(programs);
    expect(told.slice(0, bearable).map(({ of }) => of)).toEqual(
      programs.slice(0, bearable).map((i) => [death('bad', i)]),
    );
    expect(told.slice(0, bearable).every(({ gone }) => gone.length === 0)).toBe(true);
    for (const { of, gone } of told.slice(bearable, -1)) expect([of, gone]).toEqual([[], ['bad']]);
    expect(told.at(-1)).toEqual({ of: [death('good')], gone: ['bad'] });
  });

  it('tells the same whatever the order in which programs are done', () => {
    const byTwos = [...programs.filter((i) => i % 2 === 1), ...programs.filter((i) => i % 2 === 0)];
    for (const order of [[...programs].reverse(), byTwos]) expect(ended(order)).toEqual(ended(programs));
  });

  it('says that a program is to be run without those that died in it', () => {
    const deaths = new Deaths(2);
    deaths.add(1, death('one'));
    deaths.add(1, death('two'));
    expect([deaths.without(0), deaths.without(1)]).toEqual([[], ['one', 'two']]);
  });
});

describe('describeDeath()', () => {
  it.each([
    ['hang', 'text', 'it did not answer in time'],
    ['crash:SIGABRT', '\n  terminate called \nmore', 'its process ended while it was asked: terminate called'],
    ['crash:SIGABRT', '----- Native stack trace -----\n', 'its process ended while it was asked'],
    ['crash:SIGSEGV', ' \n', 'its process ended while it was asked'],
    ['crash:exit 1', 'a stack of Node.js', 'its process ended while it was asked'],
  ])('%s, %j', (how, said, text) => {
    expect(describeDeath({ how, said })).toBe(text);
  });
});
