import { expect, it } from 'vitest';
import { unicornFactory } from '../../../../harness/emulator/unicorn.ts';
import { Executor } from '../../../../harness/execution/executor.ts';
import { loadImage } from '../../../../harness/loader/load-image.ts';
import { describeScenario, scenarioNamed } from '../support.ts';

describeScenario('pointer-authentication/upper-half');
describeScenario('pointer-authentication/with-pc-rows');

it('pointer-authentication/upper-half has signed return addresses whose bit 55 is set', () => {
  const program = scenarioNamed('pointer-authentication/upper-half').generate('aarch64', 0, '1');
  const image = loadImage(program.image, { name: program.name, loadBias: program.loadBias });
  const executor = new Executor({ image, stacks: program.stacks, seed: program.seed, emulators: unicornFactory() });
  const link = 30;
  let signed = 0;
  executor.run({
    run: program.runs[0]!,
    index: 0,
    limit: 100_000,
    onStop({ registers, callers, pacMaskHi }) {
      const hi = registers[2 * link + 1]!;
      const isReturnAddress = registers[2 * link] === callers?.registers[2 * image.architecture.pc];
      if (isReturnAddress && (hi & pacMaskHi) >>> 0 !== pacMaskHi >>> 0 && (hi & (1 << 23)) !== 0) signed++;
    },
  });
  expect(signed).toBeGreaterThan(0);
});
