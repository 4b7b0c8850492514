import { describe, expect, it } from 'vitest';
import {
  type ArchitectureName,
  buildFunctionTable,
  compactEncodings,
  type EncodedSection,
  type FunctionTable,
} from '../../../engine/index.ts';
import { checkLsdas } from '../../../harness/compact/check-lsdas.ts';
import { functionRanges } from '../../../harness/compact/function-ranges.ts';
import { fixture } from './fixtures.ts';

const programs = [
  ['x86-64', 'destructors-gcc12-O2-pie'],
  ['aarch64', 'destructors-gcc12-O2-pie'],
] as const;
const forms = ['compact-g3', 'compact', 'compact-stream'];

/** What an encoding makes of a program whose functions are changed before; FDEs are read as they are. */
function check(program: readonly [ArchitectureName, string], form: string, change: (functions: FunctionTable) => void) {
  const { module, elf } = fixture(...program);
  const encoding = compactEncodings.find(({ name }) => name === form)!;
  if (!encoding.architectures.includes(elf.architecture.name)) return undefined;
  const { frames, source, code, address } = module;
  const functions = buildFunctionTable(frames, { source, code });
  change(functions);
  const { sections } = encoding.encode({ functions, frames, address });
  const ranges = functionRanges(frames);
  return { ranges, found: checkLsdas(sections, ranges, frames, elf.architecture) };
}

describe.each(programs)('checkLsdas() on %s', (architecture, name) => {
  const program = [architecture, name] as const;
  it.each(forms)('finds those of %s right', (form) => {
    const checked = check(program, form, () => {});
    if (checked === undefined) return;
    expect(checked.ranges.lsda.some((address) => !Number.isNaN(address))).toBe(true);
    expect(checked.found).toEqual({ checked: checked.ranges.count, wrong: 0 });
  });

  it.each(forms)('finds an LSDA of %s that is another one, and one that is missing', (form) => {
    const another = check(program, form, ({ lsda }) => {
      const i = lsda.findIndex((address) => address !== 0);
      lsda[i] = lsda[i]! + 4;
    });
    if (another === undefined) return;
    expect(another.found!.wrong).toBe(1);
    const missing = check(program, form, ({ lsda }) => {
      lsda[lsda.findIndex((address) => address !== 0)] = 0;
    });
    expect(missing!.found!.wrong).toBe(1);
  });

  it.each(forms)('finds a personality routine of %s that is another one', (form) => {
    const checked = check(program, form, ({ personalities, lsda }) => {
      expect(lsda.some((address) => address !== 0)).toBe(true);
      Object.assign(personalities[0]!, { address: personalities[0]!.address + 16 });
    });
    if (checked === undefined) return;
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
