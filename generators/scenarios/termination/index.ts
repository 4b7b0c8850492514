import type { Scenario } from '../scenario.ts';
import { lateUndefined, sameValueReturnAddress, undefinedInCie, undefinedReturnAddress } from './outermost.ts';
import { threadEntry } from './thread-entry.ts';
import { declaredRoot, returnAddressZero } from './within.ts';

/** Where stacks end. */
export const terminationScenarios: readonly Scenario[] = [
  undefinedReturnAddress,
  undefinedInCie,
  lateUndefined,
  sameValueReturnAddress,
  threadEntry,
  declaredRoot,
  returnAddressZero,
];
