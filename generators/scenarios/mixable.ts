import { ordinary } from './chain.ts';
import { coldFragment } from './control-flow/cold.ts';
import { conditionalTailCall } from './control-flow/tail-call.ts';
import type { Write } from './shape.ts';
import { earlyReturn, middleEpilogue, nestedStates, severalEpilogues } from './tail-duplication/writes.ts';

/** Ways of writing functions that return, to be mixed with others. */
export const mixableWrites: readonly Write[] = [
  severalEpilogues('restoreState', 2),
  severalEpilogues('redeclare', 2),
  middleEpilogue('restoreState'),
  middleEpilogue('redeclare'),
  nestedStates,
  earlyReturn,
  conditionalTailCall,
  coldFragment,
  ordinary,
];

/** Number of selector bits they branch on. */
export const mixableBits = 3;
