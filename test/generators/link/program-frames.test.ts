import { describe, expect, it } from 'vitest';
import { cfi } from '../../../generators/cfi/index.ts';
import { scenarios } from '../../../generators/scenarios/registry.ts';
import { loadImage } from '../../../harness/loader/load-image.ts';

const scenario = scenarios.find(({ name }) => name === 'tail-duplication/several-epilogues')!;

describe.each(['x86-64', 'aarch64'] as const)('frames of a program on %s', (architecture) => {
  const program = scenario.generate(architecture, 0, '1');
  const { fdes, imageWith } = program.frames!;

  it('write the program itself', () => {
    expect(imageWith(fdes)).toEqual(program.image);
    expect(fdes.flatMap(({ directives }) => directives).length).toBeGreaterThan(20);
  });

  it('are where the functions are at run time', () => {
    for (const { start, size } of fdes) {
      expect(program.instructions).toContain(start);
      expect(program.instructions.some((at) => at >= start + BigInt(size - 15) && at < start + BigInt(size))).toBe(
        true,
      );
    }
  });

  it('leave code and data alone where they say something else', () => {
    const others = fdes.map((fde) => ({
      ...fde,
      directives: [{ offset: 0, directive: cfi.defCfaOffset(64) }, ...fde.directives],
    }));
    const sections = (image: Uint8Array) => {
      const { elf } = loadImage(image, { name: 'program', loadBias: program.loadBias }).modules[0]!;
      return elf.sections
        .filter(({ name }) => name === '.text' || name === '.data')
        .map(({ name, address, offset, size }) => ({ name, address, bytes: image.slice(offset, offset + size) }));
    };
    expect(imageWith(others)).not.toEqual(program.image);
    expect(sections(imageWith(others))).toEqual(sections(program.image));
    expect(sections(program.image)).toHaveLength(2);
  });
});
