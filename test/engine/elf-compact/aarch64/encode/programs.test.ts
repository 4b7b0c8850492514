import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { aarch64 } from '../../../../../engine/architecture/index.ts';
import { FrameSection, ListRowSource } from '../../../../../engine/dwarf/index.ts';
import { findFrameSection } from '../../../../../engine/elf/frame-sections.ts';
import { type ElfFile, readElf } from '../../../../../engine/elf/index.ts';
import { extendedEncoder } from '../../../../../engine/elf-compact/aarch64/encode/index.ts';
import { DescriptorList } from '../../../../../engine/elf-compact/descriptor-list.ts';
import { buildFunctionTable, type FunctionTable, FunctionView } from '../../../../../engine/encoding/index.ts';
import { scenarios } from '../../../../../generators/scenarios/registry.ts';
import { libraryPath } from '../../../../../harness/libraries/library-path.ts';
import { loadImage } from '../../../../../harness/loader/load-image.ts';
import { firstDifference } from '../functions.ts';

function functionsOf(elf: ElfFile): FunctionTable | undefined {
  const placement = { loadBias: 0n, sectionAddress: [] };
  const section = findFrameSection(elf, '.eh_frame', placement);
  if (section === undefined) return undefined;
  const frames = new FrameSection({ kind: '.eh_frame', section, architecture: elf.architecture, loadBias: 0n });
  return buildFunctionTable(frames, { source: new ListRowSource([frames]) });
}

/** Encodes every `step`th function; what is said is compared at every instruction. */
function check(functions: FunctionTable, step: number) {
  const view = new FunctionView(functions);
  const list = new DescriptorList();
  const differences: string[] = [];
  const reasons = new Set<string>();
  let said = 0;
  let seen = 0;
  let descriptors = 0;
  for (let i = 0; i < functions.count; i += step) {
    seen++;
    list.clear();
    const reason = extendedEncoder.encode(view.moveTo(i), list);
    if (reason !== undefined) {
      reasons.add(reason);
      continue;
    }
    said++;
    descriptors += list.count;
    const difference = firstDifference(view, list);
    if (difference !== undefined) differences.push(difference);
  }
  return { seen, said, descriptors, differences, reasons };
}

const names = scenarios.filter(({ architectures }) => architectures.includes('aarch64')).map(({ name }) => name);

/** Scenarios of whose functions no descriptor can speak, with everything the encoder says why. */
const unspeakable: Readonly<Record<string, readonly string[]>> = {
  'prologue/home-space': ['order of saved registers', 'saved outside the frame', 'x29 saved without x30'],
  'tail-duplication/shared-tail': ['order of saved registers'],
  'dynamic/scalable-vector-rows': ['CFA from an expression', 'rule of another kind'],
  'pointer-authentication/by-expression': ['rule of another kind'],
  'pointer-authentication/set-state-with-pc': ['return address signed with PC'],
  'pointer-authentication/negate-with-pc': ['return address signed with PC'],
  'pointer-authentication/with-pc-rows': ['return address signed with PC'],
};

describe('generated programs', () => {
  it.each(names)('%s: every function is said exactly, or not at all, and some are', (name) => {
    const scenario = scenarios.find((one) => one.name === name)!;
    let saidInAll = 0;
    let seenInAll = 0;
    const reasonsOfAll = new Set<string>();
    for (let index = 0; index < 3; index++) {
      const program = scenario.generate('aarch64', index, '1');
      for (const { elf } of loadImage(program.image, { name, loadBias: program.loadBias }).modules) {
        const functions = functionsOf(elf);
        if (functions === undefined) continue;
        const { differences, said, seen, reasons } = check(functions, 1);
        expect(differences).toEqual([]);
        for (const reason of reasons) reasonsOfAll.add(reason);
        saidInAll += said;
        seenInAll += seen;
      }
    }
    const expected = unspeakable[name];
    expect(saidInAll > 0).toBe(seenInAll > 0 && expected === undefined);
    if (expected !== undefined) expect([...reasonsOfAll].sort()).toEqual([...expected].sort());
  });
});

describe('real libraries', () => {
  it.each([
    ['libc-aarch64', 0.999, 3.4],
    ['libstdc++-aarch64', 0.999, 2.5],
    ['libgo-aarch64', 0.999, 1.9],
    ['libgphobos-aarch64', 0.999, 1.75],
    ['libasan-aarch64', 0.999, 3.1],
  ])('%s: nearly all functions are said, in few descriptors', (name, share, most) => {
    const path = libraryPath(name);
    if (path === undefined) {
      console.warn(`skipped: ${name} is not there; npm run libraries fetches it`);
      return;
    }
    const functions = functionsOf(readElf(readFileSync(path)))!;
    expect(functions.architecture).toBe(aarch64);
    const { differences, said, seen, descriptors } = check(functions, Math.ceil(functions.count / 300));
    expect(differences).toEqual([]);
    expect(said / seen).toBeGreaterThanOrEqual(share - 1 / seen);
    expect(descriptors / said).toBeLessThan(most);
  });
});
