import { describe, expect, it } from 'vitest';
import { isRecipeScenario, randomScenarios } from '../../../../generators/scenarios/random/index.ts';
import { describeScenario } from '../support.ts';

for (const { name } of randomScenarios) describeScenario(name);

const kindsOf = (name: string): Set<string> => {
  const scenario = randomScenarios.find((one) => one.name === name)!;
  if (!isRecipeScenario(scenario)) throw new Error(`${name} has no recipes`);
  const recipes = Array.from({ length: 14 }, (_, index) => scenario.recipe('aarch64', index, '1'));
  return new Set(recipes.flatMap(({ functions }) => functions.flatMap(({ steps }) => steps.map(({ kind }) => kind))));
};

describe('random programs have what they are said to have', () => {
  it('control-flow: every way out of the straight line', () => {
    const kinds = [...kindsOf('random/control-flow')];
    expect(kinds).toEqual(expect.arrayContaining(['return', 'return-anew', 'cold', 'divert', 'push', 'push-anew']));
  });

  it('spellings: every directive that changes nothing', () => {
    const kinds = [...kindsOf('random/spellings')];
    const sayings = ['say-sp', 'say-sp-expression', 'say-same', 'say-arguments', 'say-nop', 'say-state'];
    expect(kinds).toEqual(expect.arrayContaining(sayings));
  });

  it('call-graph: functions with several callers, and recursion', () => {
    expect([...kindsOf('random/call-graph')]).toEqual(expect.arrayContaining(['call', 'point', 'recur']));
    const scenario = randomScenarios.find(({ name }) => name === 'random/call-graph')!;
    if (!isRecipeScenario(scenario)) throw new Error('no recipes');
    const shared = Array.from({ length: 8 }, (_, index) => scenario.recipe('x86-64', index, '1')).filter(
      ({ functions }) => {
        const called = functions.flatMap(({ steps }) => [
          ...new Set(steps.filter(({ kind }) => kind === 'call').map(({ value }) => value)),
        ]);
        return new Set(called).size < called.length;
      },
    );
    expect(shared.length).toBeGreaterThan(0);
  });

  it('signals: several in each program', () => {
    const scenario = randomScenarios.find(({ name }) => name === 'random/signals')!;
    for (const index of [0, 1, 2, 3]) {
      const { runs } = scenario.generate('x86-64', index, '1');
      expect(runs[0]!.signals.length).toBeGreaterThan(2);
    }
  });
});
