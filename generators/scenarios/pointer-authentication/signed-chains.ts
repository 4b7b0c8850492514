import { type FrameStyle, plainStyle } from '../../function/style.ts';
import type { Random } from '../../random.ts';
import { chainScenario } from '../chain-scenario.ts';
import { type Placement, upperHalfPlacement } from '../placement.ts';
import type { Scenario } from '../scenario.ts';

function style(random: Random, sign: 'a' | 'b' | undefined): FrameStyle {
  const plain: FrameStyle = {
    ...plainStyle,
    saved: random.between(0, 6),
    order: random.pick(['gcc', 'llvm']),
    framePointer: random.chance(0.5),
    saves: random.pick(['push', 'store']),
    locals: 16 * random.below(8),
    vectors: random.chance(0.3) ? random.between(1, 4) : 0,
    restores: random.pick(['stated', 'implied']),
  };
  return sign === undefined ? plain : { ...plain, sign };
}

interface Kind {
  readonly name: string;
  readonly description: string;
  /** What functions are signed with. */
  readonly keys: readonly ('a' | 'b' | undefined)[];
  /** Default: as an ordinary process. */
  readonly place?: (random: Random) => Placement;
}

const kinds: readonly Kind[] = [
  { name: 'a-key', description: 'return addresses signed with the A key', keys: ['a'] },
  { name: 'b-key', description: 'return addresses signed with the B key, the CIE marked B', keys: ['b'] },
  { name: 'mixed', description: 'signed and unsigned functions call one another', keys: ['a', 'b', undefined] },
  {
    name: 'upper-half',
    description: 'signed return addresses whose bit 55 is set, as in a kernel: without the code, its bits are ones',
    keys: ['a', 'b', undefined],
    place: upperHalfPlacement,
  },
];

/** Functions that sign their return addresses as compilers do. */
export const signedChains: readonly Scenario[] = kinds.map(({ name, description, keys, place }) =>
  chainScenario({
    name: `pointer-authentication/${name}`,
    description,
    source: 'aadwarf64, DW_CFA_AARCH64_negate_ra_state; real: libunwind #473, elfutils 2022q2/004971',
    architectures: ['aarch64'],
    needs: [
      'callee-saved',
      'pointer-authentication',
      ...(place === undefined ? [] : (['upper-half-addresses'] as const)),
    ],
    bits: 0,
    programs: { full: 50, quick: 5 },
    ...(place === undefined ? {} : { place }),
    links: (random) =>
      Array.from({ length: random.between(2, 6) }, (_, i) => {
        const own = random.derive(i);
        return { style: style(own, own.pick(keys)) };
      }),
  }),
);
