import { beforeEach, describe, expect, it } from 'vitest';
import type { Item } from '../../../../generators/assembly/index.ts';
import { cfi } from '../../../../generators/cfi/index.ts';
import { Random } from '../../../../generators/random.ts';
import { HandWriter } from '../../../../generators/scenarios/rules/hand-writer.ts';
import { Whereabouts } from '../../../../generators/scenarios/rules/whereabouts.ts';

const [rax, rbx, rbp] = [0, 3, 6];

describe('Whereabouts', () => {
  let items: Item[];
  let where: Whereabouts;
  beforeEach(() => {
    items = [];
    where = new Whereabouts(new HandWriter('x86-64', items, new Random('')), [rbx, rbp]);
  });
  const directives = () => items.splice(0).map((item) => ('cfi' in item ? item.cfi : undefined));

  it('says nothing as long as a register holds its own value', () => {
    where.moved([rax, rbx]);
    expect(directives()).toEqual([]);
  });

  it('says where a value is once its register has another', () => {
    where.moved([rax, rbx]);
    where.lost(rbx);
    expect(directives()).toEqual([cfi.register(rbx, rax)]);
  });

  it('follows an exchange by one instruction, and back', () => {
    where.moved([rbx, rbp], [rbp, rbx]);
    expect(directives()).toEqual([cfi.register(rbx, rbp), cfi.register(rbp, rbx)]);
    where.moved([rbx, rbp], [rbp, rbx]);
    expect(directives()).toEqual([cfi.restore(rbx), cfi.restore(rbp)]);
  });

  it('leaves a copy that is stated until it is overwritten', () => {
    where.moved([rax, rbx]);
    where.moved([rbx, rbp]);
    where.moved([rbp, rax]);
    expect(directives()).toEqual([cfi.register(rbx, rax), cfi.register(rbp, rbx)]);
    where.lost(rax);
    expect(directives()).toEqual([cfi.register(rbx, rbp)]);
  });

  it('throws where a value is nowhere any more', () => {
    expect(() => where.lost(rbx)).toThrow('the value of register 3 is lost');
  });
});
