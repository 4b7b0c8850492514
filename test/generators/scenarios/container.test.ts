import { describe, expect, it } from 'vitest';
import { FrameSection, fdes } from '../../../engine/index.ts';
import { describeScenario, modulesOf } from './support.ts';

describeScenario('container/header-encodings');
describeScenario('container/zero-range-fde');

describe.each(['x86-64', 'aarch64'] as const)('containers on %s', (architecture) => {
  it('have tables of each encoding', () => {
    const encodings = modulesOf('container/header-encodings', architecture).map(
      ({ elf }) => elf.section('.eh_frame_hdr')!.bytes[3]!,
    );
    expect(new Set(encodings)).toEqual(new Set([0x00, 0x03, 0x04, 0x0b, 0x0c, 0x30, 0x34, 0x3c]));
  });

  it('have empty FDEs on both sides of the FDEs of functions they start with', () => {
    const seen = new Set<string>();
    for (const { elf, loadBias } of modulesOf('container/zero-range-fde', architecture)) {
      const { address, bytes } = elf.section('.eh_frame')!;
      const section = new FrameSection({
        kind: '.eh_frame',
        section: { address: address + loadBias, bytes },
        architecture: elf.architecture,
      });
      const ranges = [...fdes(section)].map(({ start, end }) => ({ start, size: end - start }));
      for (const empty of ranges.filter(({ size }) => size === 0n)) {
        const twin = ranges.findIndex(({ start, size }) => start === empty.start && size > 0n);
        expect(twin).toBeGreaterThanOrEqual(0);
        seen.add(ranges.indexOf(empty) < twin ? 'before' : 'behind');
      }
    }
    expect(seen).toEqual(new Set(['before', 'behind']));
  });
});
