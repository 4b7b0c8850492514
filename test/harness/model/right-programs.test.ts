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
    // What the model cannot say is said: instructions it does not know, or words of call frame information.
    if (followed === undefined) return;
    expect(followed.judgements.filter(({ harm, coincidence }) => harm ?? coincidence)).toEqual([]);
    expect(followed.unknown).toEqual([]);
  });
});
