import { ordinaryStyle } from '../../function/ordinary-style.ts';
import { chain } from '../chain.ts';
import type { Scenario } from '../scenario.ts';
import { handler } from '../signal/handlers.ts';
import { signalScenario } from '../signal/signal-scenario.ts';
import { signedStyle } from './shapes.ts';

/** Signals that interrupt signed functions. */
export const behindSignal: Scenario = signalScenario({
  group: 'pointer-authentication',
  name: 'behind-signal',
  description: 'signals at every instruction of signed functions, whose handlers sign as well',
  about:
    'Behind the signal frame x30 is what it was, with its code or without, and must be told as it is; the interrupted PC ' +
    'never has one. The interrupted frame then strips x30 or not, by the row of exactly this instruction. Unwinders that ' +
    'strip every register they find, or that authenticate what the kernel saved, fail at sigreturn.',
  source: 'aadwarf64, "Call frame instructions"; real: LLVM libunwind #184660',
  architectures: ['aarch64'],
  needs: ['pointer-authentication'],
  programs: { full: 10, quick: 1 },
  functions(random, architecture) {
    const key = () => random.pick(['a', 'b'] as const);
    const links = Array.from({ length: 3 }, (_, i) => ({ style: signedStyle(random.derive(i), key()) }));
    const sign = key();
    const interrupting = handler(architecture, random, { style: { ...ordinaryStyle(random), saved: 2, sign } });
    return [
      ...chain(architecture, random, links),
      sign === 'b' ? { ...interrupting, cie: { bKey: true } } : interrupting,
    ];
  },
  signals: (places) => places.in('function1').map((at) => places.deliver(at)),
});
