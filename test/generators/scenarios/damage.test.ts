import { describe, expect, it } from 'vitest';
import type { Program } from '../../../generators/program.ts';
import { scenarios } from '../../../generators/scenarios/registry.ts';
import type { Scenario } from '../../../generators/scenarios/scenario.ts';
import { unicornFactory } from '../../../harness/emulator/unicorn.ts';
import { Executor } from '../../../harness/execution/executor.ts';
import { loadImage } from '../../../harness/loader/load-image.ts';
import type { Stop } from '../../../harness/stop.ts';
import { describeScenario, scenarioNamed } from './support.ts';

describeScenario('damage/missing-fde');
describeScenario('damage/two-frame-cycle');
describeScenario('damage/unknown-register');
describeScenario('termination/thread-entry');
describeScenario('termination/declared-root');

/** Executes a program and hands out its stops. */
function forEachStop(program: Program, onStop: (stop: Stop) => void): void {
  const { stacks, seed, walkEnds = [] } = program;
  const image = loadImage(program.image, { name: program.name, loadBias: program.loadBias });
  const executor = new Executor({ image, stacks, seed, walkEnds, emulators: unicornFactory() });
  for (const [index, run] of program.runs.entries()) {
    expect(executor.run({ run, index, limit: 100_000, onStop }).outcome).toBe('finished');
  }
}

const inGroup = (group: string): readonly Scenario[] => scenarios.filter(({ name }) => name.startsWith(group));

describe.each(['x86-64', 'aarch64'] as const)('damage on %s', (architecture) => {
  const right = ['damage/misaligned-cfa', 'damage/unknown-register'];

  it.each(inGroup('damage/').filter(({ name }) => !right.includes(name)))(
    '$name has stops at which callers are out of reach, or may be left out',
    (scenario) => {
      let limited = 0;
      forEachStop(scenario.generate(architecture, 0, '1'), ({ callers, depth, declared }) => {
        let frames = 0;
        for (let frame = callers; frame !== null; frame = frame.behind) frames++;
        if (depth < frames || declared?.mayEnd(depth - 1, 'no-info')) limited++;
      });
      expect(limited).toBeGreaterThan(5);
    },
  );

  it('misaligned-cfa has frames that are not aligned, or offsets that are odd', () => {
    const { sp } = loadImage(scenarioNamed(right[0]!).generate(architecture, 0, '1').image, {
      name: 'one',
    }).architecture;
    let skewed = 0;
    for (let index = 0; index < 6; index++) {
      forEachStop(scenarioNamed(right[0]!).generate(architecture, index, '1'), ({ registers }) => {
        if ((registers[2 * sp]! & 7) !== 0) skewed++;
      });
    }
    if (architecture === 'x86-64') expect(skewed).toBeGreaterThan(5);
    else expect(skewed).toBe(0);
  });

  it('thread-entry has instructions at which nobody stands behind, on either stack', () => {
    const program = scenarioNamed('termination/thread-entry').generate(architecture, 0, '1');
    const depths = new Set<number>();
    const endings = new Set<string>();
    forEachStop(program, ({ depth, ending }) => {
      depths.add(depth);
      endings.add(ending);
    });
    expect(endings).toEqual(new Set(['no-info', 'root']));
    expect(depths.has(0)).toBe(true);
    expect(program.stacks).toHaveLength(2);
  });
});
