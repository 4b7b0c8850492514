import { ordinaryStyle } from '../../function/ordinary-style.ts';
import { chain } from '../chain.ts';
import { handler } from '../signal/handlers.ts';
import { signalScenario } from '../signal/signal-scenario.ts';

/** The trampoline's CIE has the augmentation `S`, and nothing else. */
export const bareSignalFrame = signalScenario({
  group: 'container',
  name: 'bare-signal-frame',
  description: 'the CIE of the signal trampoline in .debug_frame has the letter S without z',
  about:
    'The only unwind information is .debug_frame, where CIEs need no z, since addresses are not encoded and there are no ' +
    'handlers. The trampoline’s has the letter S alone: its frames are signal frames, and right behind the head of CIE and ' +
    'FDE stand instructions. Wrong unwinders take any augmentation for one with a length and read the first instructions ' +
    'as data, or know S only behind z, and then look up what was interrupted one byte early.',
  source: 'LSB, .eh_frame, augmentation string; real: gimli #887',
  needs: ['debug-frame'],
  // Otherwise it could be told by its code, whatever is read of the section.
  spelling: 'other',
  unwindSections: ['.debug_frame'],
  programs: { full: 8, quick: 1 },
  functions: (random, architecture) => [
    ...chain(
      architecture,
      random,
      Array.from({ length: 3 }, (_, i) => ({ style: ordinaryStyle(random.derive(i)) })),
    ),
    handler(architecture, random),
  ],
  signals: (places) => places.in('function1').map((at) => places.deliver(at)),
});
