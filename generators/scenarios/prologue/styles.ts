import type { ArchitectureName } from '../../../engine/architecture/index.ts';
import { type FrameStyle, plainStyle } from '../../function/style.ts';
import type { Random } from '../../random.ts';
import { chainScenario } from '../chain-scenario.ts';
import type { Scenario } from '../scenario.ts';

interface PrologueKind {
  readonly name: string;
  readonly description: string;
  readonly about: string;
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
    about:
      'Registers are pushed from r15 down to rbx, on AArch64 stored upwards from x19 behind a frame record, the first with ' +
      'SP pre-indexed. Each push moves the CFA away from SP and adds a rule; each pop undoes one. Unwinders must be right ' +
      'between any two of them, where those that recognise only whole prologues take the wrong word for the return address.',
    architectures: both,
    style: (random) => ({ ...varied(random), order: 'gcc', saves: 'push', framePointer: false }),
  },
  {
    name: 'push-llvm',
    description: 'registers pushed (stored pre-indexed) in the order of LLVM',
    about:
      "Registers are pushed in LLVM's order, rbp first, on AArch64 stored downwards with the frame record above them. The " +
      'epilogue pops them in reverse and may leave the rules as they are, which is exact while the slots can be read. An ' +
      "unwinder that expects GCC's layout, or forgets popped slots too early, is wrong here.",
    architectures: both,
    style: (random) => ({ ...varied(random), order: 'llvm', saves: 'push', framePointer: false }),
  },
  {
    name: 'frame-pointer',
    description: 'a frame pointer is the base of the CFA',
    about:
      'The frame pointer is saved and set at once and the CFA counts from it until the epilogue, while SP moves unmentioned. ' +
      'Two instructions at each end, where the frame pointer is not set yet or no longer, still count from SP. Unwinders ' +
      'that always follow the frame pointer skip the caller there.',
    architectures: both,
    style: (random) => ({ ...varied(random), framePointer: true }),
  },
  {
    name: 'store',
    description: 'the frame is allocated first, then registers are stored into it',
    about:
      'One instruction allocates the frame; registers are then stored by moves and loaded back before it is freed. The CFA ' +
      'does not change with the saves. An unwinder must take each rule from the instruction behind its store on, and drop it ' +
      'behind its load, as the slot may be overwritten.',
    architectures: both,
    style: (random) => ({ ...varied(random), saves: 'store', saved: random.between(1, 6) }),
  },
  {
    name: 'large-frame',
    description: 'frames of several pages, allocated at once or page by page with a probe of each',
    about:
      'Frames take up to several pages, on AArch64 by two subtractions, or are allocated page by page with a store to each. ' +
      'Offsets of the CFA need two bytes of LEB128. Unwinders must be right between the steps; those that add up immediates ' +
      'of one instruction only are a page off.',
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
    about:
      'The first instruction is a landing pad for indirect branches, and all directives come four bytes later than usual. ' +
      'At the landing pad itself the row of the entry holds. Unwinders that recognise prologues by their first bytes, or ' +
      "count rows from the function's start, are off by one instruction.",
    architectures: both,
    style: (random) => ({ ...varied(random), landingPad: true }),
  },
  {
    name: 'scheduled',
    description: 'other instructions stand between those of prologue and epilogue',
    about:
      'Work of the body is scheduled between the instructions of prologue and epilogue, as optimising compilers do. The row ' +
      'changes at the same steps as before but farther apart. Formats that describe a prologue by the number of its ' +
      'instructions, and unwinders that look for adjacent ones, do not fit.',
    architectures: both,
    style: (random) => ({ ...varied(random), scheduled: true }),
  },
  {
    name: 'vector-saves',
    description: 'd8–d15 are saved, too',
    about:
      'Beside general registers, some of d8–d15 are saved in pairs and overwritten. Their DWARF numbers lie beyond the six ' +
      'bits of the short opcodes. An unwinder must recover their low halves for each caller; those that track general ' +
      "registers only, or map the numbers wrongly, hand on the callee's values.",
    architectures: ['aarch64'],
    style: (random) => ({ ...varied(random), vectors: random.between(1, 8) }),
  },
];

/** How functions build and tear down their frames. */
export const styleScenarios: readonly Scenario[] = kinds.map((kind) =>
  chainScenario({
    name: `prologue/${kind.name}`,
    description: kind.description,
    about: kind.about,
    source: 'DWARF 5, section 6.4; System V psABI AMD64 and AAPCS64, callee-saved registers',
    architectures: kind.architectures,
    needs: ['callee-saved'],
    bits: 0,
    programs: { full: 30, quick: 1 },
    links: (random) =>
      Array.from({ length: random.between(2, 6) }, (_, i) => ({ style: kind.style(random.derive(i)) })),
  }),
);
