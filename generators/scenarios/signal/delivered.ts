import type { ArchitectureName } from '../../../engine/architecture/index.ts';
import { ordinaryStyle } from '../../function/ordinary-style.ts';
import { trampolineLabel } from '../../function/trampoline.ts';
import type { Signal } from '../../program.ts';
import type { Random } from '../../random.ts';
import { chain } from '../chain.ts';
import { ordinaryPlacement } from '../placement.ts';
import type { Scenario } from '../scenario.ts';
import { alternateName, alternateStack } from './alternate-stack.ts';
import { handler } from './handlers.ts';
import { chained, handlerName, type Places } from './places.ts';
import { type SignalScenario, signalScenario } from './signal-scenario.ts';

const innerHandlerName = 'handler.inner';

/** What distinguishes these scenarios. */
type Kind = Omit<SignalScenario, 'functions'> & { readonly nested?: true };

const everywhere = (places: Places): Signal[] => places.matching(chained).map((at) => places.deliver(at));

const firstInstructions = (places: Places): Signal[] =>
  places.linked.functions.filter(({ name }) => chained.test(name)).map(({ start }) => places.deliver(start));

const kinds: readonly Kind[] = [
  {
    name: 'every-instruction',
    description: 'a signal at every instruction of every function; the trampoline has CFI',
    about:
      'Functions call one another, and each of their instructions is interrupted once; the stops are those of handler ' +
      'and trampoline, with the interrupted function behind them. The trampoline’s row restores every register by an ' +
      'expression of SP. An unwinder must find that row, read the CFA through memory, and look the interrupted PC up as ' +
      'it is. The commonest mistake is to subtract one, as for a return address.',
    source: 'DWARF 5, section 6.4.4; glibc __restore_rt; real: libunwind #1059',
    programs: { full: 16, quick: 1 },
    signals: everywhere,
  },
  {
    name: 'first-instruction',
    description: 'a signal at the first instruction of each function, which directly follows another one',
    about:
      'The byte before the interrupted PC belongs to another function. Whoever looks up PC minus one finds that ' +
      'function’s last row, with its frame or without, and unwinds the wrong frame. With a warm cache the wrong row may ' +
      'also come from an earlier lookup of the same address as a return address.',
    source: 'libunwind #1059, LLVM #92291, GCC PR 26208',
    programs: { full: 24, quick: 2 },
    signals: firstInstructions,
  },
  {
    name: 'nested',
    description: 'handlers and the trampoline are interrupted by a second signal',
    about:
      'While a handler runs, a second signal arrives, at each of the handler’s instructions and in the trampoline. Two ' +
      'signal frames lie on one stack with a handler between them. What an unwinder remembers of the first signal ' +
      'frame, such as that the next PC is exact, must not last beyond the next frame and must hold again at the second.',
    source: 'libunwind #924',
    programs: { full: 14, quick: 1 },
    nested: true,
    signals: (places) => [
      ...firstInstructions(places),
      ...places.in(handlerName, trampolineLabel).map((at) => places.deliver(at, { handler: innerHandlerName })),
    ],
  },
  {
    name: 'alternate-stack',
    description: 'the handler runs on an alternate stack',
    about:
      'The kernel’s frame and the handler lie on a stack of their own, far from the interrupted one. Going outwards, SP ' +
      'jumps to the other stack. An unwinder that expects SP to grow from frame to frame, or that reads memory only ' +
      'within the bounds of the stack it began on, ends the walk at the trampoline.',
    source: 'sigaltstack(2); DWARF 5, section 6.4.4',
    programs: { full: 15, quick: 1 },
    place(random) {
      const placement = ordinaryPlacement(random);
      return { ...placement, stacks: [...placement.stacks, alternateStack(random)] };
    },
    signals: (places) => places.matching(chained).map((at) => places.deliver(at, { stack: alternateName })),
  },
  {
    name: 'by-code',
    description: 'a signal at every instruction; the trampoline has no CFI and is known by its code',
    about:
      'The trampoline of musl and of newer AArch64 kernels has no call frame information that an unwinder finds. Its two ' +
      'instructions, which load the number of the system call and make it, are unmistakable: an unwinder that meets ' +
      'code without information must compare it with them and read the kernel’s frame by its layout. Others end the ' +
      'walk there and lose everything that was interrupted.',
    source: 'Linux 87676cfca141 (vdso without .eh_frame_hdr), musl',
    trampoline: 'by-code',
    programs: { full: 15, quick: 1 },
    signals: everywhere,
  },
];

/** Two to four functions and their handlers. */
function functions(random: Random, architecture: ArchitectureName, nested = false) {
  const links = Array.from({ length: random.between(2, 4) }, (_, i) => ({ style: ordinaryStyle(random.derive(i)) }));
  const names = nested ? [handlerName, innerHandlerName] : [handlerName];
  return [
    ...chain(architecture, random, links),
    ...names.map((name) => handler(architecture, random, { name, style: { saved: random.between(3, 5) } })),
  ];
}

/** Signals, delivered as the kernel does. */
export const deliveredScenarios: readonly Scenario[] = kinds.map(({ nested, ...plan }) =>
  signalScenario({ ...plan, functions: (random, architecture) => functions(random, architecture, nested) }),
);
