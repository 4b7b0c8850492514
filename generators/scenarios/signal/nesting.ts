import type { ArchitectureName } from '../../../engine/architecture/index.ts';
import { ordinaryStyle } from '../../function/ordinary-style.ts';
import { trampolineLabel } from '../../function/trampoline.ts';
import type { Random } from '../../random.ts';
import { chain } from '../chain.ts';
import { ordinaryPlacement } from '../placement.ts';
import type { Scenario } from '../scenario.ts';
import { alternateName, alternateStack } from './alternate-stack.ts';
import { handler } from './handlers.ts';
import { chained, handlerName } from './places.ts';
import { signalScenario } from './signal-scenario.ts';

const [middle, inner] = ['handler.middle', 'handler.inner'] as const;

/** Two functions and three handlers. */
function functions(random: Random, architecture: ArchitectureName) {
  return [
    ...chain(architecture, random, [{ style: ordinaryStyle(random) }, { style: ordinaryStyle(random.derive(1)) }]),
    ...[handlerName, middle, inner].map((name) => handler(architecture, random, { name })),
  ];
}

/** Signals that interrupt the handling of signals. */
export const nestingScenarios: readonly Scenario[] = [
  signalScenario({
    name: 'three-deep',
    description: 'a handler is interrupted by a second signal, whose handler is interrupted by a third',
    about:
      'Three signal frames lie on one stack, each with handlers’ frames in between, and each interrupted frame is ' +
      'looked up exactly while the calls between them are not. Whatever an unwinder keeps about the signal frame it has ' +
      'passed must be undone at the next ordinary frame and done again at the next signal frame. Some fail at the second.',
    source: 'sigaction(2), SA_NODEFER; real: libunwind #924',
    programs: { full: 8, quick: 1 },
    functions,
    signals(places) {
      const first = places.label('function1');
      const third = places.in(inner);
      return [
        places.deliver(first),
        ...places.in(handlerName).map((at) => places.deliver(at, { handler: middle })),
        ...places.in(middle).map((at, i) => places.deliver(at, { handler: inner, occurrence: 1 + (i % 3) })),
        ...third.slice(0, 2).map((at) => places.deliver(at, { occurrence: 3, handler: handlerName })),
      ];
    },
  }),
  signalScenario({
    name: 'in-trampoline',
    description: 'the trampoline is interrupted at both its instructions, again and again',
    about:
      'The second signal arrives when the handler has returned but the system call was not made: the interrupted ' +
      'frame is the trampoline, which is a signal frame itself. Two signal frames stand next to one another without a ' +
      'function between them, and the lookup of the second trampoline is exact. Unwinders that expect a handler behind a ' +
      'signal frame, or take a signal frame for a call, stop or skip a frame there.',
    source: 'DWARF 5, section 6.4.4; glibc __restore_rt; real: libunwind #924, #1059',
    programs: { full: 20, quick: 1 },
    functions,
    signals(places) {
      const [first, second] = places.in(trampolineLabel);
      const again = (at: bigint) => [1, 2, 4].map((occurrence) => places.deliver(at, { handler: inner, occurrence }));
      return [
        ...places
          .matching(chained)
          .slice(0, 6)
          .map((at) => places.deliver(at)),
        ...again(first!),
        ...again(second!),
        places.deliver(first!, { handler: middle, occurrence: 6 }),
        places.deliver(places.label(inner), { handler: middle, occurrence: 2 }),
      ];
    },
  }),
  signalScenario({
    name: 'both-stacks',
    description: 'handlers on the main and on an alternate stack, nested in one another',
    about:
      'The first handler runs on the interrupted stack, a second signal moves to the alternate stack, and a third ' +
      'stays there. Going outwards, SP jumps from one stack to the other and back. An unwinder that demands growing ' +
      'stack addresses, or remembers the bounds of one stack, stops at the border although every frame can be read.',
    source: 'sigaltstack(2), SA_ONSTACK',
    programs: { full: 8, quick: 1 },
    functions,
    place(random) {
      const placement = ordinaryPlacement(random);
      return { ...placement, stacks: [...placement.stacks, alternateStack(random)] };
    },
    signals(places) {
      const body = places.in('function1');
      return [
        places.deliver(body[0]!, { stack: alternateName, handler: inner }),
        ...body.slice(1, 5).map((at) => places.deliver(at)),
        ...places.in(handlerName).map((at) => places.deliver(at, { handler: middle, stack: alternateName })),
        ...places.in(middle).map((at, i) => places.deliver(at, { handler: inner, occurrence: 1 + (i % 3) })),
      ];
    },
  }),
  signalScenario({
    name: 'frame-flag',
    description: 'which frames are signal frames must be told, in handlers, trampolines and behind them',
    about:
      'An unwinder tells its user of each frame whether it is a signal frame: debuggers print it, and whoever looks up ' +
      'line numbers must know that the PC behind one is exact. The frame so marked is the trampoline, the one whose ' +
      'caller was interrupted. Some mark the interrupted frame instead, and some forget the mark from the second on.',
    source: 'DWARF 5, section 6.4.4; unw_is_signal_frame(3); real: libunwind #343',
    needs: ['signal-frame-flag'],
    programs: { full: 10, quick: 1 },
    functions,
    signals: (places) => [
      ...places.matching(chained).map((at) => places.deliver(at)),
      places.deliver(places.label(handlerName), { handler: middle, occurrence: 2 }),
      ...places.in(middle, trampolineLabel).map((at) => places.deliver(at, { handler: inner })),
    ],
  }),
];
