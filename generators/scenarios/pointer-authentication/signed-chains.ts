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
  readonly about: string;
  /** What functions are signed with. */
  readonly keys: readonly ('a' | 'b' | undefined)[];
  /** Default: as an ordinary process. */
  readonly place?: (random: Random) => Placement;
}

const kinds: readonly Kind[] = [
  {
    name: 'a-key',
    description: 'return addresses signed with the A key',
    about:
      'Every function signs its return address in the first instruction, saves the signed value and authenticates it ' +
      'before it returns; DW_CFA_AARCH64_negate_ra_state marks where it is signed. An unwinder must take the code out ' +
      'of the saved address, and out of x30 before it is saved, in exactly these rows. Unwinders that pass over the ' +
      'opcode report addresses that are in no module.',
    keys: ['a'],
  },
  {
    name: 'b-key',
    description: 'return addresses signed with the B key, the CIE marked B',
    about:
      'As a-key, but signed with the other key, which the letter B in the augmentation tells. Whoever strips the code ' +
      'needs no key and whoever authenticates needs the right one; both must know the letter, which has no data of its ' +
      'own. Unwinders that stop at an unknown letter lose the alignment factors and the whole CIE.',
    keys: ['b'],
  },
  {
    name: 'mixed',
    description: 'signed and unsigned functions call one another',
    about:
      'Objects compiled with and without protection are linked together, so that signed and unsigned frames alternate ' +
      'and keys differ from frame to frame. Each frame’s state is its own affair. An unwinder that keeps the state of ' +
      'the last frame, or decides for a whole module, strips too much or too little.',
    keys: ['a', 'b', undefined],
  },
  {
    name: 'upper-half',
    description: 'signed return addresses with bit 55 set, as in a kernel: stripped, upper bits are ones',
    about:
      'In the upper half of the address space the bits a code occupies are ones in a valid address, not zeros: they are ' +
      'copies of bit 55. The code is taken out by setting them. Unwinders that clear the bits, as is right for user ' +
      'space, get addresses nothing is mapped at.',
    keys: ['a', 'b', undefined],
    place: upperHalfPlacement,
  },
];

/** Functions that sign their return addresses as compilers do. */
export const signedChains: readonly Scenario[] = kinds.map(({ name, description, about, keys, place }) =>
  chainScenario({
    name: `pointer-authentication/${name}`,
    description,
    about,
    source: 'aadwarf64, DW_CFA_AARCH64_negate_ra_state; real: libunwind #473, elfutils 2022q2/004971',
    architectures: ['aarch64'],
    needs: [
      'callee-saved',
      'pointer-authentication',
      ...(place === undefined ? [] : (['upper-half-addresses'] as const)),
    ],
    bits: 0,
    programs: { full: 50, quick: 3 },
    ...(place === undefined ? {} : { place }),
    links: (random) =>
      Array.from({ length: random.between(2, 6) }, (_, i) => {
        const own = random.derive(i);
        return { style: style(own, own.pick(keys)) };
      }),
  }),
);
