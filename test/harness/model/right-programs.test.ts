import { describe, expect, it } from 'vitest';
import { scenarios } from '../../../generators/scenarios/registry.ts';
import { unicornFactory } from '../../../harness/emulator/unicorn.ts';
import { followProgram } from './follow-program.ts';

const emulators = unicornFactory();

describe('The model of programs', () => {
  it.each(
    scenarios.flatMap(({ name, architectures }) => architectures.map((architecture) => ({ name, architecture }))),
  )('finds no harm in right programs of $name on $architecture', ({ name, architecture }) => {
    const scenario = scenarios.find((one) => one.name === name)!;
    const program = scenario.generate(architecture, 0, '1');
    const followed = followProgram(program, emulators);
    // Call frame information the model has no words for.
    if (followed === undefined) return;
    expect(followed.filter(({ harm, coincidence }) => harm ?? coincidence)).toEqual([]);
  });
});
