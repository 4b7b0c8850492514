import type { ArchitectureName } from '../../../engine/architecture/index.ts';
import { type FrameStyle, plainStyle } from '../../function/style.ts';
import type { Random } from '../../random.ts';
import { chainScenario } from '../chain-scenario.ts';
import { mixableBits, mixableWrites } from '../mixable.ts';
import type { Scenario } from '../scenario.ts';

function style(random: Random, architecture: ArchitectureName): FrameStyle {
  const plain: FrameStyle = {
    ...plainStyle,
    saved: random.between(2, architecture === 'aarch64' ? 10 : 6),
    order: random.pick(['gcc', 'llvm']),
    framePointer: random.chance(0.4),
    saves: random.pick(['push', 'store']),
    locals: random.chance(0.1) ? 16 * random.between(0x100, 0x180) : 16 * random.below(16),
    probes: random.chance(0.5),
    landingPad: random.chance(0.3),
    restores: random.pick(['stated', 'implied']),
  };
  if (architecture === 'x86-64') return plain;
  const vectors = random.chance(0.3) ? random.between(1, 8) : 0;
  return { ...plain, vectors, ...(random.chance(0.3) ? { sign: random.pick(['a', 'b'] as const) } : {}) };
}

/** Everything at once: what no scenario of its own thought of combining. */
export const mixedChain: Scenario = chainScenario({
  name: 'random/mixed-chain',
  description: 'functions of all styles and shapes call one another',
  about:
    'Chains of three to five functions, each with a frame of any style and one of the shapes of the other groups: ' +
    'several epilogues, cold fragments, early returns, tail calls. Nothing here is new by itself; what counts is the ' +
    'neighbourhood: a rule that is right in one frame must not leak into the next. Unwinders with caches, or with ' +
    'state kept from one step to the next, go wrong here and nowhere else.',
  source: 'the other groups together',
  needs: ['callee-saved', 'pointer-authentication'],
  bits: mixableBits,
  programs: { full: 40, quick: 1 },
  links: (random, architecture) =>
    Array.from({ length: random.between(3, 5) }, (_, i) => {
      const own = random.derive(i);
      return { style: style(own, architecture), write: own.pick(mixableWrites) };
    }),
});
