import type { CieOptions } from '../../cfi/index.ts';
import { ordinaryStyle } from '../../function/ordinary-style.ts';
import type { Random } from '../../random.ts';
import type { Link } from '../chain.ts';
import { chainScenario } from '../chain-scenario.ts';
import { mainStack, type Placement, upperHalfPlacement } from '../placement.ts';
import type { Scenario } from '../scenario.ts';

const page = 0x1000n;
const pages = (random: Random, count: number): bigint => BigInt(random.below(count)) * page;
/** A stack high in user space, as Linux places it. */
const userStack = (random: Random) => mainStack(0x7ffc_0000_0000n + pages(random, 0x10000));

interface Kind {
  readonly name: string;
  readonly description: string;
  readonly about: string;
  place(random: Random): Placement;
  /** Spreads the functions over more than a page. */
  readonly align?: number;
  /** Makes the frames reach farther down by up to so many bytes. */
  readonly extraLocals?: number;
  readonly cie?: CieOptions;
  /** `DW_EH_PE_*` of the entries of the search table. */
  readonly tableEncoding?: number;
  readonly programs?: Readonly<Record<'full' | 'quick', number>>;
}

const kinds: readonly Kind[] = [
  {
    name: 'upper-half',
    description: 'code and stack in the upper half of the address space, as in a kernel',
    about:
      'Every address has its top bit set, as in a kernel. Addresses are unsigned: an unwinder that compares them as signed ' +
      'numbers, or that keeps them in doubles, finds no function or the wrong one.',
    place: upperHalfPlacement,
  },
  {
    name: 'upper-half-biased',
    description: 'a file linked at zero and loaded into the upper half',
    about:
      'The file begins near address 0 and is loaded into the upper half of the address space; the load bias has its top bit ' +
      'set. Sums of addresses and bias must be exact in 64 bits, and relative pointers must be resolved at run-time addresses.',
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
    about:
      'The stack straddles 2^32, so that a CFA is above and its slots are below. Adding an offset to the lower half of an ' +
      'address must carry into the upper half, in both directions; where it does not, one frame of these chains reads 4 GiB ' +
      'away from its slots.',
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
    about:
      'Functions lie on both sides of 2^32, and calls cross it. The search for the FDE of an address must compare all 64 ' +
      'bits: by the lower halves alone the functions above would come before those below.',
    align: 256,
    place: (random) => ({
      type: 'executable',
      textAddress: 0xffff_f000n,
      loadBias: 0n,
      stacks: [userStack(random)],
    }),
  },
  {
    name: 'code-across-2-gib',
    description: 'functions on both sides of 2^31',
    about:
      'Functions lie on both sides of 2^31, where 32-bit numbers with sign become negative. Addresses are unsigned: a search ' +
      'that subtracts or compares lower halves as signed numbers goes the wrong way there.',
    align: 256,
    place: (random) => ({
      type: 'executable',
      textAddress: 0x7fff_f000n,
      loadBias: 0n,
      stacks: [userStack(random)],
    }),
    programs: { full: 12, quick: 1 },
  },
  {
    name: 'above-4-gib',
    description: 'an executable at a fixed address that needs up to 47 bits',
    about:
      'The file itself has addresses above 2^32, without any load bias. A reader that keeps addresses of the file in 32 ' +
      'bits, because executables are usually low, loses their upper halves.',
    place: (random) => ({
      type: 'executable',
      textAddress: 0x1_0000_0000n + BigInt(random.below(0x7fff)) * 0x1_0000_0000n + pages(random, 0x10_0000),
      loadBias: 0n,
      stacks: [userStack(random)],
    }),
  },
  {
    name: 'load-bias',
    description: 'a shared object linked anywhere and loaded anywhere',
    about:
      'The file has addresses of its own, as prelinked libraries have, and is loaded somewhere else by an arbitrary bias. ' +
      'Addresses of the file and of the process must never be mixed up: each pointer of the frame information is relative ' +
      'to where its section lies in the process.',
    place: (random) => ({
      type: 'shared',
      textAddress: page + pages(random, 0x10_0000),
      loadBias: BigInt(random.below(0x7fff)) * 0x1_0000_0000n + pages(random, 0x10_0000),
      stacks: [mainStack(0x7fff_8000_0000n + pages(random, 0x7000))],
    }),
  },
  {
    name: 'negative-load-bias',
    description: 'a shared object loaded below the address it is linked at',
    about:
      'The file is linked at a high address and loaded lower, so that the load bias is negative, which is a number close to ' +
      '2^64. Sums wrap around; unwinders that take such a bias for an error or add it in doubles cannot find any function.',
    place: (random) => ({
      type: 'shared',
      textAddress: 0x7000_0000_0000n + pages(random, 0x10_0000),
      loadBias: BigInt.asUintN(64, -(0x1000_0000_0000n + BigInt(random.below(0x5000)) * 0x1_0000_0000n)),
      stacks: [userStack(random)],
    }),
  },
  {
    name: 'low',
    description: 'code and stack at the lowest addresses a process may map',
    about:
      'Code and stack lie within the first two megabytes, where addresses are small numbers. Heuristics that take small ' +
      'values for no pointers, or the first pages for unmapped, end the walk too early.',
    place: (random) => ({
      type: 'executable',
      textAddress: 0x10000n + pages(random, 16),
      loadBias: 0n,
      stacks: [mainStack(0x10_0000n + pages(random, 64))],
    }),
  },
  {
    name: 'top-of-user-space',
    description: 'code and stack in the last pages below 2^47',
    about:
      'The stack ends at the last page of user space, and the code lies just below it, as without randomisation. One more ' +
      'page up, addresses are no longer canonical: an unwinder may read nothing there, and none of its range checks may be ' +
      'off by one.',
    place: (random) => ({
      type: 'shared',
      textAddress: page,
      loadBias: 0x7fff_f7c0_0000n + pages(random, 0x400),
      stacks: [mainStack(0x7fff_ffff_f000n - 0x10000n, 0x10000)],
    }),
  },
  {
    name: 'end-of-space',
    description: 'code and stack in the last pages of the address space, unwind sections before them',
    about:
      'The text lies in the last pages that can be mapped, with its data and unwind information before it. The end of a ' +
      'function, of a section or of a module may be computed as start plus size there, but just not beyond 2^64; sums that ' +
      'wrap make ranges empty.',
    place: () => ({
      type: 'executable',
      textAddress: 0xffff_ffff_ffff_d000n,
      dataAddress: 0xffff_ffff_fff8_0000n,
      loadBias: 0n,
      stacks: [mainStack(0xffff_ffff_fff0_0000n)],
    }),
  },
  {
    name: 'far-unwind-information',
    description: 'unwind information more than 2 GiB away from the text, on either side',
    about:
      'The sections with unwind information are several gigabytes away from the code, as in large code models, so that ' +
      'their pointers and the search table have entries of 8 bytes (DW_EH_PE_sdata8). Readers that handle the usual 4-byte ' +
      'entries only must say so; those that cut distances to 32 bits find other functions.',
    cie: { pointerEncoding: 0x1c },
    tableEncoding: 0x3c,
    place: (random) => {
      const textAddress = 0x20_0000_0000n + pages(random, 0x10_0000);
      const distance = 0x8000_0000n * BigInt(random.between(2, 12));
      const unwindAddress = random.chance(0.5) ? textAddress + distance : textAddress - distance;
      return { type: 'executable', textAddress, unwindAddress, loadBias: 0n, stacks: [userStack(random)] };
    },
  },
  {
    name: 'frames-across-pages',
    description: 'frames of several pages, with their slots on different ones',
    about:
      'Each frame spans several pages, so that saved registers, return addresses and locals lie on different ones and the ' +
      'distances from SP to the CFA need three digits and more. Unwinders that read the stack page by page, or that take ' +
      'large frames for damaged ones, fail here.',
    place: (random) => ({
      type: 'executable',
      textAddress: 0x40_1000n + pages(random, 0x10000),
      loadBias: 0n,
      stacks: [mainStack(0x7ffc_0000_0000n + pages(random, 0x10000), 0x40000)],
    }),
    extraLocals: 0x3000,
  },
];

/** Addresses whose halves matter: nothing may be done in 32 bits or with signed comparisons. */
export const addressChains: readonly Scenario[] = kinds.map((kind) =>
  chainScenario({
    name: `address/${kind.name}`,
    description: kind.description,
    about: kind.about,
    source: 'System V psABI AMD64, code models; 64-bit addresses',
    needs: ['callee-saved', 'upper-half-addresses'],
    bits: 0,
    programs: kind.programs ?? { full: 20, quick: 1 },
    place: kind.place,
    ...(kind.tableEncoding === undefined ? {} : { link: () => ({ tableEncoding: kind.tableEncoding! }) }),
    links: (random) =>
      Array.from({ length: kind.align === undefined ? random.between(2, 6) : 24 }, (_, i) => {
        const own = random.derive(i);
        const plain = ordinaryStyle(own);
        const locals = plain.locals + (kind.extraLocals ?? 0);
        const link: Link = {
          style: { ...plain, locals },
          ...(kind.align === undefined ? {} : { align: kind.align }),
          ...(kind.cie === undefined ? {} : { cie: kind.cie }),
        };
        return link;
      }),
  }),
);
