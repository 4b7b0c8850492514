import { describe, expect, it } from 'vitest';
import { unicornFactory } from '../../../../harness/emulator/unicorn.ts';
import { Executor } from '../../../../harness/execution/executor.ts';
import { loadImage } from '../../../../harness/loader/load-image.ts';
import { describeScenario, scenarioNamed } from '../support.ts';

const name = 'signal/null-call';

describeScenario(name);

describe.each(['x86-64', 'aarch64'] as const)(`${name} on %s`, (architecture) => {
  it('has frames at address 0 with their callers behind, until the handler has put a function there', () => {
    const program = scenarioNamed(name).generate(architecture, 0, '1');
    const image = loadImage(program.image, { name: program.name, loadBias: program.loadBias });
    const executor = new Executor({ image, stacks: program.stacks, seed: program.seed, emulators: unicornFactory() });
    const { pc } = image.architecture;
    let atZero = 0;
    let repaired = 0;
    const outcome = executor.run({
      run: program.runs[0]!,
      index: 0,
      limit: 100_000,
      onStop({ callers }) {
        for (let frame = callers; frame !== null; frame = frame.behind) {
          if (frame.kind !== 'interrupted') continue;
          expect(frame.behind!.kind).toBe('caller');
          if (frame.registers[2 * pc] === 0 && frame.registers[2 * pc + 1] === 0) atZero++;
          else repaired++;
        }
      },
    });
    expect(outcome.outcome).toBe('finished');
    expect(program.runs[0]!.signals.length).toBeGreaterThan(0);
    expect(program.runs[0]!.signals.every(({ at }) => at === 0n)).toBe(true);
    expect(atZero).toBeGreaterThan(0);
    expect(repaired).toBeGreaterThan(0);
  });
});
