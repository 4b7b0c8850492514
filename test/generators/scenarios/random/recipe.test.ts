import { assert, constantFrom, integer, property } from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  buildRecipe,
  formatRecipe,
  isRecipeScenario,
  parseRecipe,
  RecipeError,
  randomScenarios,
  settle,
  shrunkPrefix,
  shrunkScenario,
} from '../../../../generators/scenarios/random/index.ts';
import { unicornFactory } from '../../../../harness/emulator/unicorn.ts';
import { runProgram } from '../../../../harness/runner/run-program.ts';
import { unwinders } from '../../../../harness/unwinders/registry.ts';

const recipeScenarios = randomScenarios.filter(isRecipeScenario);
const architectures = constantFrom('x86-64' as const, 'aarch64' as const);
const names = { scenario: 'random/test', index: 0, needs: [] };

describe('the text of a recipe', () => {
  it('gives the recipe back, and no shell takes it apart', () => {
    assert(
      property(
        constantFrom(...recipeScenarios),
        architectures,
        integer({ min: 0 }),
        (scenario, architecture, index) => {
          const recipe = scenario.recipe(architecture, index, '1');
          const text = formatRecipe(recipe);
          expect(text).toMatch(/^[\w.+-]+$/);
          expect(parseRecipe(text)).toEqual(recipe);
        },
      ),
      { numRuns: 300 },
    );
  });

  it.each([
    ['', 'a function ends with'],
    ['id1.enter', 'not with "enter"'],
    ['id1.dance.ret', '"dance" is no part of a function'],
    ['id1.work.ret', '"work" is no part of a function'],
    ['id1.enter3.ret', '"enter3" is no part of a function'],
    ['id1.work1001.ret', '"work1001": at most 1000'],
    ['id1.enter.cold65535.ret', '"cold65535": at most 1000'],
    ['id1.enter.push70000.ret', '"push70000": at most 65535'],
    ['id1.locals9999.ret', 'at most 8192'],
    ['id1.tail', 'not with "tail"'],
    ['fuel3', 'a recipe needs a function'],
    [Array(40).fill('id1.ret').join('+'), 'at most 32 functions'],
    [`id1.${'say-nop.'.repeat(65)}ret`, 'a function of 65 steps'],
    ['x'.repeat(9000), 'a recipe of 9000 characters'],
  ])('%.40s is refused', (text, why) => {
    expect(() => parseRecipe(text)).toThrow(RecipeError);
    expect(() => parseRecipe(text)).toThrow(why);
  });
});

describe('the program of a recipe', () => {
  it('is the same under any name', () => {
    const scenario = recipeScenarios[0]!;
    const text = formatRecipe(scenario.recipe('x86-64', 3, '5'));
    const { image } = shrunkScenario(shrunkPrefix + text).generate('x86-64', 0, '5');
    expect(image).toEqual(scenario.generate('x86-64', 3, '5').image);
  });

  it('runs to its end, executes all it has and is unwound right, whatever is left of the recipe', () => {
    const emulators = unicornFactory();
    const dwarf = unwinders.filter(({ name }) => name === 'dwarf');
    assert(
      property(
        constantFrom(...recipeScenarios),
        architectures,
        integer({ min: 0, max: 1000 }),
        integer({ min: 0, max: 50 }),
        (scenario, architecture, index, gone) => {
          const whole = scenario.recipe(architecture, index, '2');
          // A step is lost here and there, which leaves calls of nothing, calls without a frame and unused functions.
          const functions = whole.functions.map((one, i) => ({
            ...one,
            steps: one.steps.filter((_, k) => (k * 7 + i * 3 + gone) % 5 !== 0),
          }));
          const left = { ...whole, functions, fuel: Math.min(whole.fuel, 3) };
          const result = runProgram(buildRecipe(left, architecture, '2', names), { emulators, unwinders: dwarf });
          expect(result.failures).toEqual([]);
        },
      ),
      { numRuns: 60 },
    );
  });

  it('has nothing that a settled recipe has not', () => {
    const { functions } = settle(parseRecipe('id1.clobber.call7.call2.return.exit+id2.ret+id3.divert1.ret'), 'aarch64');
    expect(formatRecipe({ functions, signals: [], fuel: 0 })).toBe('id1.enter.call1.exit+id3.ret');
  });
});
