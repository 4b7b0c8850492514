import { type FrameStyle, plainStyle } from '../function/style.ts';
import type { Random } from '../random.ts';
import { chainScenario } from './chain-scenario.ts';
import type { Scenario } from './scenario.ts';

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

const kinds = [
  { name: 'a-key', description: 'return addresses signed with the A key', keys: ['a'] },
  { name: 'b-key', description: 'return addresses signed with the B key, the CIE marked B', keys: ['b'] },
  { name: 'mixed', description: 'signed and unsigned functions call one another', keys: ['a', 'b', undefined] },
] as const;

/** Return addresses that carry a pointer authentication code, real ones. */
export const pointerAuthenticationScenarios: readonly Scenario[] = kinds.map(({ name, description, keys }) =>
  chainScenario({
    name: `pointer-authentication/${name}`,
    description,
    source: 'aadwarf64, DW_CFA_AARCH64_negate_ra_state; real: libunwind #473, elfutils 2022q2/004971',
    architectures: ['aarch64'],
    needs: ['callee-saved', 'pointer-authentication'],
    bits: 0,
    programs: { full: 50, quick: 5 },
    links: (random) =>
      Array.from({ length: random.between(2, 6) }, (_, i) => {
        const own = random.derive(i);
        return { style: style(own, own.pick<'a' | 'b' | undefined>(keys)) };
      }),
  }),
);
