import type { ArchitectureName } from '../../../engine/architecture/index.ts';
import { type FrameStyle, plainStyle } from '../../function/style.ts';
import type { Random } from '../../random.ts';
import { chainScenario } from '../chain-scenario.ts';
import type { Scenario } from '../scenario.ts';

interface PrologueKind {
  readonly name: string;
  readonly description: string;
  readonly architectures: readonly ArchitectureName[];
  style(random: Random): FrameStyle;
}

const both: readonly ArchitectureName[] = ['x86-64', 'aarch64'];

/** What all kinds vary. */
function varied(random: Random): FrameStyle {
  return {
    ...plainStyle,
    saved: random.between(2, 6),
    order: random.pick(['gcc', 'llvm']),
    framePointer: random.chance(0.3),
    saves: random.pick(['push', 'store']),
    locals: 16 * random.below(12),
    restores: random.pick(['stated', 'implied']),
  };
}

const kinds: readonly PrologueKind[] = [
  {
    name: 'push-gcc',
    description: 'registers pushed (stored pre-indexed) in the order of GCC',
    architectures: both,
    style: (random) => ({ ...varied(random), order: 'gcc', saves: 'push', framePointer: false }),
  },
  {
    name: 'push-llvm',
    description: 'registers pushed (stored pre-indexed) in the order of LLVM',
    architectures: both,
    style: (random) => ({ ...varied(random), order: 'llvm', saves: 'push', framePointer: false }),
  },
  {
    name: 'frame-pointer',
    description: 'a frame pointer is the base of the CFA',
    architectures: both,
    style: (random) => ({ ...varied(random), framePointer: true }),
  },
  {
    name: 'store',
    description: 'the frame is allocated first, then registers are stored into it',
    architectures: both,
    style: (random) => ({ ...varied(random), saves: 'store', saved: random.between(1, 6) }),
  },
  {
    name: 'large-frame',
    description: 'frames of several pages, allocated at once or page by page with a probe of each',
    architectures: both,
    style: (random) => ({
      ...varied(random),
      locals: 16 * random.between(0x80, 0x200),
      probes: random.chance(0.6),
    }),
  },
  {
    name: 'landing-pad',
    description: 'functions begin with endbr64 or bti c',
    architectures: both,
    style: (random) => ({ ...varied(random), landingPad: true }),
  },
  {
    name: 'scheduled',
    description: 'other instructions stand between those of prologue and epilogue',
    architectures: both,
    style: (random) => ({ ...varied(random), scheduled: true }),
  },
  {
    name: 'vector-saves',
    description: 'd8–d15 are saved, too',
    architectures: ['aarch64'],
    style: (random) => ({ ...varied(random), vectors: random.between(1, 8) }),
  },
];

/** How functions build and tear down their frames. */
export const styleScenarios: readonly Scenario[] = kinds.map((kind) =>
  chainScenario({
    name: `prologue/${kind.name}`,
    description: kind.description,
    source: 'DWARF 5, section 6.4; System V psABI AMD64 and AAPCS64, callee-saved registers',
    architectures: kind.architectures,
    needs: ['callee-saved'],
    bits: 0,
    programs: { full: 60, quick: 6 },
    links: (random) =>
      Array.from({ length: random.between(2, 6) }, (_, i) => ({ style: kind.style(random.derive(i)) })),
  }),
);
