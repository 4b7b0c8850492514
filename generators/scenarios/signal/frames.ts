import type { ArchitectureName } from '../../../engine/architecture/index.ts';
import { ordinaryStyle } from '../../function/ordinary-style.ts';
import type { FrameStyle } from '../../function/style.ts';
import type { Random } from '../../random.ts';
import { chain } from '../chain.ts';
import type { Scenario } from '../scenario.ts';
import { handler } from './handlers.ts';
import { signalScenario } from './signal-scenario.ts';

interface Kind {
  readonly name: string;
  readonly description: string;
  readonly about: string;
  readonly source: string;
  readonly architectures?: readonly ArchitectureName[];
  style(random: Random, architecture: ArchitectureName): Partial<FrameStyle>;
}

const kinds: readonly Kind[] = [
  {
    name: 'in-push-frame',
    description: 'a signal at every instruction of frames that are pushed register by register',
    about:
      'Each instruction of the function is interrupted once, so that every row of its prologue and epilogue is looked ' +
      'up at an exact address, with the stack as deep as it is there. The row of the instruction before is wrong by one ' +
      'push. Unwinders that always subtract one from a PC find that row, and a caller 8 or 16 bytes off.',
    source: 'DWARF 5, section 6.4.4; real: LLVM libunwind #92291, libunwind #1059',
    style: () => ({ saves: 'push', framePointer: false }),
  },
  {
    name: 'in-store-frame',
    description: 'a signal at every instruction of frames whose registers are stored into an allocated area',
    about:
      'SP moves once, then registers are stored, and in between a register may be in memory although the row does not ' +
      'say so yet. Behind a signal frame the register and its slot both must be believed exactly where the row says. An ' +
      'unwinder that takes the function’s last row, or a row for the whole prologue, reads slots nobody has written.',
    source: 'DWARF 5, section 6.4.1',
    style: () => ({ saves: 'store', framePointer: false }),
  },
  {
    name: 'in-frame-pointer',
    description: 'a signal at every instruction of frames with a frame pointer, also before it is set',
    about:
      'Between the push of the old frame pointer and the instruction that sets the new one, the chain of frame ' +
      'pointers leaves out a frame, and before the return it does so again. Walks along that chain lose the interrupted ' +
      'function’s caller; the rows do not. The CFA changes its register in mid-prologue.',
    source: 'x86-64 psABI, section 3.2.2; AAPCS64, "The Frame Pointer"; real: framehop and perf, frame pointer walks',
    style: () => ({ framePointer: true }),
  },
  {
    name: 'in-vector-frame',
    description: 'a signal at every instruction of frames that save d8 to d15',
    about:
      'The low halves of v8 to v15 are callee-saved, and functions that use them save them in their frames. A signal ' +
      'finds some of them saved and some not, and the kernel saves all in a record of its own behind the general ' +
      'registers. An unwinder must read both places, and pass on what it read to the frames behind.',
    source: 'AAPCS64, "SIMD and Floating-Point registers"; Linux, uapi/asm/sigcontext.h, fpsimd_context',
    architectures: ['aarch64'],
    style: (random) => ({ vectors: random.between(2, 8), saved: random.between(0, 2) }),
  },
  {
    name: 'in-dynamic-frame',
    description: 'a signal at every instruction of frames whose CFA is based on the frame pointer only',
    about:
      'The function could have moved SP by any amount, so its CFA is based on the frame pointer from the prologue to ' +
      'the epilogue. A signal finds the frame half built, complete, or already given up. An unwinder must take the frame ' +
      'pointer out of the kernel’s frame, not the one the handler runs with.',
    source: 'DWARF 5, section 6.4.1; GCC and LLVM, functions that call alloca',
    style: (_, architecture) => ({
      framePointer: true,
      dynamic: true,
      ...(architecture === 'x86-64' ? { saves: 'push' as const } : {}),
    }),
  },
];

/** A signal at every instruction of a function with one kind of frame; its caller has an ordinary one. */
export const frameScenarios: readonly Scenario[] = kinds.map(({ style, ...kind }) =>
  signalScenario({
    ...kind,
    programs: { full: 10, quick: 1 },
    functions(random, architecture) {
      const own = random.derive('interrupted');
      const interrupted = { ...ordinaryStyle(own), saved: own.between(2, 4), ...style(own, architecture) };
      const caller = ordinaryStyle(random.derive('caller'));
      return [
        ...chain(architecture, random, [{ style: caller }, { style: interrupted }, { style: ordinaryStyle(random) }]),
        handler(architecture, random),
      ];
    },
    signals: (places) => places.in('function1').map((at) => places.deliver(at)),
  }),
);
