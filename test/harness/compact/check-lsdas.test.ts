import { describe, expect, it } from 'vitest';
import {
  type ArchitectureName,
  buildFunctionTable,
  compactEncodings,
  type EncodedSection,
  type Encoding,
  type FunctionTable,
} from '../../../engine/index.ts';
import { checkLsdas } from '../../../harness/compact/check-lsdas.ts';
import { functionRanges } from '../../../harness/compact/function-ranges.ts';
import { fixture } from './fixtures.ts';

const programs = [
  ['x86-64', 'destructors-gcc12-O2-pie'],
  ['aarch64', 'destructors-gcc12-O2-pie'],
] as const;
const forms = compactEncodings.filter(({ files }) => files !== 'objects');

/** What an encoding makes of a program whose functions are changed before; FDEs are read as they are. */
function check(
  program: readonly [ArchitectureName, string],
  encoding: Encoding,
  change: (functions: FunctionTable) => void,
) {
  const { module, elf } = fixture(...program);
  const { frames, source, code, address } = module;
  const functions = buildFunctionTable(frames, { source, code });
  change(functions);
  const { sections } = encoding.encode({ functions, frames, address });
  const ranges = functionRanges(frames);
  return { ranges, found: checkLsdas(sections, ranges, frames, elf.architecture) };
}

describe.each(programs)('checkLsdas() on %s', (architecture, name) => {
  const program = [architecture, name] as const;
  const ofThese = forms.filter(({ architectures }) => architectures.includes(architecture));
  it('covers more than one form', () => expect(ofThese.length).toBeGreaterThan(1));

  it.each(ofThese)('finds those of $name right', (form) => {
    const checked = check(program, form, () => {});
    expect(checked.ranges.lsda.some((address) => !Number.isNaN(address))).toBe(true);
    expect(checked.found).toEqual({ checked: checked.ranges.count, wrong: 0 });
  });

  it.each(ofThese)('finds an LSDA of $name that is another one, and one that is missing', (form) => {
    const another = check(program, form, ({ lsda }) => {
      const i = lsda.findIndex((address) => address !== 0);
      lsda[i] = lsda[i]! + 4;
    });
    expect(another.found!.wrong).toBe(1);
    const missing = check(program, form, ({ lsda }) => {
      lsda[lsda.findIndex((address) => address !== 0)] = 0;
    });
    expect(missing.found!.wrong).toBe(1);
  });

  it.each(ofThese)('finds a personality routine of $name that is another one', (form) => {
    const checked = check(program, form, ({ personalities, lsda }) => {
      expect(lsda.some((address) => address !== 0)).toBe(true);
      Object.assign(personalities[0]!, { address: personalities[0]!.address + 16 });
    });
    const withLsda = checked.ranges.lsda.filter((address) => !Number.isNaN(address)).length;
    expect(checked.found!.wrong).toBe(withLsda);
  });
});

it('checkLsdas() judges no other headers', () => {
  const { module, elf } = fixture('x86-64', 'destructors-gcc12-O2-pie');
  const other: EncodedSection = { name: '.eh_frame_hdr', address: 0n, bytes: Uint8Array.of(1, 0x1b, 3, 0x3b) };
  const ranges = functionRanges(module.frames);
  expect(checkLsdas([other], ranges, module.frames, elf.architecture)).toBeUndefined();
  expect(checkLsdas([], ranges, module.frames, elf.architecture)).toBeUndefined();
});
