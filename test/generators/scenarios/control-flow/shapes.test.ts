import { describe, expect, it } from 'vitest';
import type { ArchitectureName } from '../../../../engine/architecture/index.ts';
import { FrameSection, fdes } from '../../../../engine/index.ts';
import { unicornFactory } from '../../../../harness/emulator/unicorn.ts';
import { Executor } from '../../../../harness/execution/executor.ts';
import { loadImage } from '../../../../harness/loader/load-image.ts';
import { modulesOf, scenarioNamed } from '../support.ts';

const architectures: readonly ArchitectureName[] = ['x86-64', 'aarch64'];

/** The address ranges of a scenario's FDEs, for each of its first programs. */
function rangesOf(name: string, architecture: ArchitectureName): { start: bigint; end: bigint }[][] {
  return modulesOf(`control-flow/${name}`, architecture).map(({ elf, loadBias }) => {
    const { address, bytes } = elf.section('.eh_frame')!;
    const section = { address: address + loadBias, bytes };
    return [...fdes(new FrameSection({ kind: '.eh_frame', section, architecture: elf.architecture }))];
  });
}

/** The depths of the stack at the stops of a scenario's first program, in their order. */
function depthsOf(name: string, architecture: ArchitectureName): number[] {
  const program = scenarioNamed(`control-flow/${name}`).generate(architecture, 0, '1');
  const image = loadImage(program.image, { name: program.name, loadBias: program.loadBias });
  const { stacks, seed } = program;
  const executor = new Executor({ image, stacks, seed, emulators: unicornFactory() });
  const depths: number[] = [];
  const onStop = ({ depth }: { readonly depth: number }) => depths.push(depth);
  const { outcome } = executor.run({ run: program.runs[0]!, index: 0, limit: 100_000, onStop });
  executor.close();
  expect(outcome).toBe('finished');
  return depths;
}

describe.each(architectures.map((architecture) => ({ architecture })))('on $architecture', ({ architecture }) => {
  it('far-rows has an FDE of more than 64 KiB', () => {
    for (const ranges of rangesOf('far-rows', architecture)) {
      expect(ranges.some(({ start, end }) => end - start > 0x1_0000n)).toBe(true);
    }
  });

  it('adjacent-fdes has FDEs that touch, several in a row', () => {
    for (const ranges of rangesOf('adjacent-fdes', architecture)) {
      const touching = ranges.filter(({ end }) => ranges.some(({ start }) => start === end));
      expect(touching.length).toBeGreaterThanOrEqual(9);
    }
  });

  it('empty-fdes-between has FDEs of no length where others touch', () => {
    for (const ranges of rangesOf('empty-fdes-between', architecture)) {
      const empty = ranges.filter(({ start, end }) => start === end);
      expect(empty).toHaveLength(9);
      for (const { start } of empty) {
        expect(ranges.some((range) => range.end === start && range.start < start)).toBe(true);
        expect(ranges.some((range) => range.start === start && range.end > start)).toBe(true);
      }
    }
  });

  it('cold-before has a part that ends where its function begins', () => {
    const programs = modulesOf('control-flow/cold-before', architecture);
    for (const { elf } of programs) {
      const functions = elf.symbols().filter(({ name }) => /^function\d+$/.test(name));
      expect(functions.length).toBeGreaterThan(0);
      for (const { name, value } of functions) {
        const cold = elf.symbols().find((symbol) => symbol.name === `${name}.cold`)!;
        expect(cold.value + cold.size).toBe(value);
      }
    }
  });

  it('deep-recursion has more than 200 frames', () => {
    expect(Math.max(...depthsOf('deep-recursion', architecture))).toBeGreaterThan(200);
  });

  it('non-local-jump leaves several frames at once', () => {
    const depths = depthsOf('non-local-jump', architecture);
    const drops = depths.map((depth, i) => (depths[i - 1] ?? depth) - depth);
    expect(Math.max(...drops)).toBeGreaterThanOrEqual(2);
  });
});
