import { ordinaryStyle } from '../../function/ordinary-style.ts';
import { chain } from '../chain.ts';
import type { Scenario } from '../scenario.ts';
import { changeSavedScratch, handler, overwriteCallerSaved } from './handlers.ts';
import { chained } from './places.ts';
import { signalScenario } from './signal-scenario.ts';

/** What registers hold behind a signal frame. */
export const registerScenarios: readonly Scenario[] = [
  signalScenario({
    name: 'every-register',
    description: 'handlers overwrite every register, caller-saved ones too; all must be recovered',
    about:
      'The kernel saves all registers, and the handler then gives every one of them another value: callee-saved ones ' +
      'behind its own saves, caller-saved ones without. Behind the signal frame each must be what it was when the ' +
      'function was interrupted. An unwinder that restores callee-saved registers only, or takes the rest from the live ' +
      'ones, passes where handlers happen to leave them alone.',
    source: 'DWARF 5, section 6.4.4; Linux, uapi/asm/sigcontext.h',
    programs: { full: 8, quick: 1 },
    functions: (random, architecture) => [
      ...chain(architecture, random, [{ style: ordinaryStyle(random) }, { style: ordinaryStyle(random.derive(1)) }]),
      handler(architecture, random, {
        style: { saved: architecture === 'x86-64' ? 5 : 8, vectors: architecture === 'x86-64' ? 0 : 8 },
        body: overwriteCallerSaved(architecture, random.derive('overwrite')),
      }),
    ],
    signals: (places) => places.in('function1').map((at) => places.deliver(at)),
  }),
  signalScenario({
    name: 'changed-context',
    description: 'the handler changes a register in the context that sigreturn will load',
    about:
      'A handler may write to the context it is given, and then the interrupted function goes on with what it wrote. ' +
      'From that instruction on, the registers behind the signal frame are the new ones. An unwinder that has copied ' +
      'the context earlier, or finds the values of the same walk in a cache, still tells the old ones.',
    source: 'sigaction(2), the third argument of handlers; signal-safe garbage collectors and JIT compilers do this',
    programs: { full: 10, quick: 1 },
    functions: (random, architecture) => [
      ...chain(architecture, random, [{ style: ordinaryStyle(random) }, { style: ordinaryStyle(random.derive(1)) }]),
      handler(architecture, random, { body: changeSavedScratch(architecture, random.derive('context')) }),
    ],
    signals: (places) => places.matching(chained).map((at) => places.deliver(at)),
  }),
  signalScenario({
    name: 'deep-handler',
    description: 'the handler calls functions that overwrite registers before anybody unwinds',
    about:
      'Stacks are rarely looked at in the handler itself: it calls functions, these call others, and all of them save ' +
      'and overwrite registers. The walk must first restore what these frames saved, then the kernel’s frame overrules ' +
      'all of it. An unwinder that lets a restored register win over the signal frame’s is wrong from there on.',
    source: 'DWARF 5, section 6.4.4; every crash reporter that runs in the process it reports on',
    programs: { full: 8, quick: 1 },
    functions: (random, architecture) => [
      ...chain(architecture, random, [{ style: ordinaryStyle(random) }, { style: ordinaryStyle(random.derive(1)) }]),
      handler(architecture, random, { calls: 'helper' }),
      handler(architecture, random, { name: 'helper', calls: 'helper.inner' }),
      handler(architecture, random, { name: 'helper.inner' }),
    ],
    signals: (places) => places.in('function1').map((at) => places.deliver(at)),
  }),
];
