import { describe, expect, it } from 'vitest';
import { scanSection } from '../../../engine/dwarf/scan.ts';
import { FrameSection, fdes } from '../../../engine/index.ts';
import { describeScenario, modulesOf } from './support.ts';

describeScenario('container/header-encodings');
describeScenario('container/zero-range-fde');
describeScenario('container/header-lying');
describeScenario('container/dwarf64');
describeScenario('container/fde-addresses');
describeScenario('container/unknown-letter');

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

  /** Augmentation strings of the CIEs of programs. */
  const augmentations = (name: string): Set<string> => {
    const found = new Set<string>();
    for (const { elf, loadBias } of modulesOf(name, architecture)) {
      const { address, bytes } = elf.section('.eh_frame')!;
      const section = new FrameSection({
        kind: '.eh_frame',
        section: { address: address + loadBias, bytes },
        architecture: elf.architecture,
        loadBias,
        textBase: 0n,
        dataBase: 0n,
      });
      scanSection(section, { fde: ({ cie }) => found.add(cie!.augmentation), broken: () => undefined });
    }
    return found;
  };

  it('have the augmentations they are named after', () => {
    expect(augmentations('container/no-augmentation')).toEqual(new Set(['', 'zR']));
    expect(augmentations('container/eh-augmentation')).toEqual(new Set(['eh', 'zR']));
    expect(augmentations('container/unknown-augmentation')).toEqual(new Set(['X', 'zR']));
    expect(augmentations('container/unknown-letter')).toEqual(new Set(['zRX', 'zRQ', 'zR9', 'zRz']));
    expect(augmentations('container/handlers')).toEqual(new Set(['zPLR']));
  });

  it('have headers of all lengths that are too short', () => {
    const lengths = modulesOf('container/header-cut', architecture).map(
      ({ elf }) => elf.section('.eh_frame_hdr')!.bytes.length,
    );
    expect(new Set(lengths)).toEqual(new Set(Array.from({ length: 12 }, (_, i) => i)));
  });

  it('have entries of 64-bit DWARF and others in one section', () => {
    const first = modulesOf('container/dwarf64', architecture).map(({ elf }) => {
      const { bytes } = elf.section('.eh_frame')!;
      return new DataView(bytes.buffer, bytes.byteOffset).getUint32(0, true) === 0xffff_ffff;
    });
    expect(new Set(first)).toEqual(new Set([true, false]));
  });
});
