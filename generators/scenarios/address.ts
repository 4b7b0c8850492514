import { ordinaryStyle } from '../function/ordinary-style.ts';
import type { Random } from '../random.ts';
import { chainScenario } from './chain-scenario.ts';
import { mainStack, type Placement, upperHalfPlacement } from './placement.ts';
import type { Scenario } from './scenario.ts';

const page = 0x1000n;
const pages = (random: Random, count: number): bigint => BigInt(random.below(count)) * page;

interface Kind {
  readonly name: string;
  readonly description: string;
  place(random: Random): Placement;
  /** Spreads the functions over more than a page. */
  readonly align?: number;
  /** Makes the frames reach farther down. */
  readonly extraLocals?: number;
}

const kinds: readonly Kind[] = [
  {
    name: 'upper-half',
    description: 'code and stack in the upper half of the address space, as in a kernel',
    place: upperHalfPlacement,
  },
  {
    name: 'upper-half-biased',
    description: 'a file linked at zero and loaded into the upper half',
    place: (random) => ({
      type: 'shared',
      textAddress: page,
      loadBias: 0xffff_8000_0000_0000n + pages(random, 0x10000),
      stacks: [mainStack(0xffff_fe00_0000_0000n + pages(random, 0x10000))],
    }),
  },
  {
    name: 'across-4-gib',
    description: 'frames lie on both sides of 2^32, and code just below it',
    place: (random) => ({
      type: 'executable',
      textAddress: 0xfffe_0000n - pages(random, 8),
      loadBias: 0n,
      // The chain's frames begin a few hundred bytes below the end, so that they lie on both sides.
      stacks: [mainStack(0x1_0000_0000n - 0x10000n + page, 0x10000)],
    }),
    extraLocals: 0x400,
  },
  {
    name: 'code-across-4-gib',
    description: 'functions on both sides of 2^32',
    align: 256,
    place: (random) => ({
      type: 'executable',
      textAddress: 0xffff_f000n,
      loadBias: 0n,
      stacks: [mainStack(0x7ffc_0000_0000n + pages(random, 0x10000))],
    }),
  },
];

/** Addresses whose halves matter: nothing may be done in 32 bits or with signed comparisons. */
export const addressScenarios: readonly Scenario[] = kinds.map((kind) =>
  chainScenario({
    name: `address/${kind.name}`,
    description: kind.description,
    source: 'System V psABI AMD64, code models; 64-bit addresses',
    needs: ['callee-saved', 'upper-half-addresses'],
    bits: 0,
    programs: { full: 20, quick: 2 },
    place: kind.place,
    links: (random) =>
      Array.from({ length: kind.align === undefined ? random.between(2, 6) : 24 }, (_, i) => {
        const own = random.derive(i);
        const plain = ordinaryStyle(own);
        const locals = plain.locals + (kind.extraLocals ?? 0);
        return { style: { ...plain, locals }, ...(kind.align === undefined ? {} : { align: kind.align }) };
      }),
  }),
);
