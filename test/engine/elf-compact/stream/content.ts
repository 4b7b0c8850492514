import { DescriptorList } from '../../../../engine/elf-compact/descriptor-list.ts';
import type { LinkedContent } from '../../../../engine/elf-compact/linked-form.ts';
import { Random } from '../../../../generators/random.ts';

export interface ContentShape {
  readonly descriptors: number;
  /** Different descriptors there are to choose from. */
  readonly kinds: number;
  /** All addresses are multiples of it. */
  readonly unit: number;
  /** Every second range begins at so much behind a multiple of 16. */
  readonly phase: number;
  /** Of every function with a descriptor, how many have an LSDA. */
  readonly lsdas: number;
  readonly personalities: number;
}

const specialHalves = [0, 1, 0xffffffff, 0xfffffffe, 0x7fffffff, 0x80000000];

/** Descriptors, functions and LSDAs at random addresses: small and large ranges, aligned and odd ones, empty ones too. */
export function randomContent(seed: string, shape: ContentShape): LinkedContent {
  const random = new Random(seed);
  const half = (): number =>
    random.between(0, 3) === 0 ? random.pick(specialHalves) : random.between(0, 0xffff) * 0x10001;
  const kinds = Array.from({ length: shape.kinds }, () => [half(), half()] as const);
  const descriptors = new DescriptorList();
  const starts: number[] = [];
  let address = random.between(-0x4000, 0x4000) * shape.unit;
  for (let i = 0; i < shape.descriptors; i++) {
    const [lo, hi] = random.pick(kinds);
    descriptors.add(address, lo, hi);
    starts.push(address);
    address +=
      shape.unit * random.pick([0, 1, random.between(0, 40), random.between(0, 3000), random.between(0, 70_000)]);
    if (random.between(0, 1) === 1) address = ((address - shape.phase + 15) & -16) + shape.phase;
  }
  const functions: [number, number][] = [];
  for (let i = 0; i + 1 < starts.length; i++) {
    if (starts[i + 1]! > starts[i]! && random.between(0, 99) < 100 * shape.lsdas) {
      functions.push([starts[i]!, random.between(starts[i]! + 1, starts[i + 1]!)]);
    }
  }
  return {
    descriptors,
    end: address,
    personalities: Int32Array.from({ length: shape.personalities }, () => random.between(-0x4000_0000, 0x4000_0000)),
    lsdaFunction: Int32Array.from(functions, ([start]) => start),
    lsdaFunctionEnd: Int32Array.from(functions, ([, end]) => end),
    lsda: Int32Array.from(functions, () => random.between(-0x4000_0000, 0x7fff_ffff)),
    lsdaPersonality: Int32Array.from(functions, () => random.between(0, Math.max(0, shape.personalities - 1))),
  };
}
