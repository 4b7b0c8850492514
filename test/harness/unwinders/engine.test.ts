import { describe, expect, it } from 'vitest';
import { containerScenarios } from '../../../generators/scenarios/container/index.ts';
import { unicornFactory } from '../../../harness/emulator/unicorn.ts';
import { loadImage } from '../../../harness/loader/load-image.ts';
import { runProgram } from '../../../harness/runner/run-program.ts';
import { engineUnwinder } from '../../../harness/unwinders/engine.ts';
import { smallProgram } from '../runner/small-program.ts';

const byHeader = engineUnwinder({ name: 'dwarf', description: '', lookup: 'header' });
const byList = engineUnwinder({ name: 'dwarf-list', description: '', lookup: 'list' });

/** A program whose `.eh_frame_hdr` was changed. */
function changed(change: (header: Uint8Array) => void): Uint8Array {
  const { image } = smallProgram();
  const elf = loadImage(image, { name: 'small', loadBias: 0n }).modules[0]!.elf;
  const header = elf.sections.find(({ name }) => name === '.eh_frame_hdr')!;
  const copy = image.slice();
  change(copy.subarray(header.offset, header.offset + header.size));
  return copy;
}

const open = (image: Uint8Array, unwinder = byHeader) =>
  unwinder.open(loadImage(image, { name: 'small', loadBias: 0n }));

describe('the engine that searches the table of .eh_frame_hdr', () => {
  it.each<[string, (header: Uint8Array) => void]>([
    ['of an encoding it does not know', (header) => header.set([0x31], 3)],
    ['whose count has a form of its own', (header) => header.set([0x0b, 0, 0, 0, 0], 2)],
  ])('does not open a program with a table %s, though the list has everything', (_, change) => {
    const image = changed(change);
    expect(() => open(image)).toThrow(/^the table in \.eh_frame_hdr of small is not used/);
    expect(() => open(image, byList)).not.toThrow();
  });

  it('says what is wrong with the header', () => {
    expect(() => open(changed((header) => header.set([0x4b], 1)))).toThrow(/a known base/);
  });

  it.each<[string, (header: Uint8Array) => void]>([
    ['without a table', (header) => header.set([0xff, 0xff], 2)],
    ['without a count', (header) => header.set([0xff], 2)],
    ['with an empty table', (header) => header.set([0, 0, 0, 0], 8)],
    ['whose header has an unknown version', (header) => header.set([2], 0)],
    ['whose table is cut off', (header) => header.set([0xff], 8)],
    ['as it is', () => undefined],
  ])('opens a program %s', (_, change) => {
    expect(() => open(changed(change))).not.toThrow();
  });

  it('opens the programs whose header has no table', () => {
    const { image } = containerScenarios
      .find(({ name }) => name === 'container/no-search-table')!
      .generate('x86-64', 0, '1');
    expect(() => open(image)).not.toThrow();
  });

  it('gives an unused table the verdict error', () => {
    const program = { ...smallProgram(), image: changed((header) => header.set([0x4b], 1)) };
    const result = runProgram(program, { emulators: unicornFactory(), unwinders: [byHeader, byList] });
    const [header, list] = result.unwinders;
    expect(header!.verdicts).toMatchObject({ pass: 0, error: 1 });
    expect(list!.verdicts).toMatchObject({ error: 0, fail: 0 });
  });
});
