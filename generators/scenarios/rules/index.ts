import type { Scenario } from '../scenario.ts';
import { argumentsSize } from './arguments-size.ts';
import { cfaExpression } from './cfa-expression.ts';
import { cfaKinds } from './cfa-kinds.ts';
import { entangled } from './entangled.ts';
import { expressionOperations } from './expression-operations.ts';
import { oldValues } from './old-values.ts';
import { plt } from './plt.ts';
import { register } from './register.ts';
import { registerChain } from './register-chain.ts';
import { advanceFormsScenario, factoredScenario } from './respelled.ts';
import { restoreWithoutInitial } from './restore.ts';
import { returnAddressSlot } from './return-address-slot.ts';
import { sameValueDefault } from './same-value.ts';
import { savedByExpression } from './saved-by-expression.ts';
import { signStateExpression } from './sign-state.ts';
import { stackPointer } from './stack-pointer.ts';
import { valExpression, valOffset } from './value-of-cfa.ts';

/** Every kind of rule, and every opcode that states one. */
export const ruleScenarios: readonly Scenario[] = [
  sameValueDefault,
  restoreWithoutInitial,
  register,
  registerChain,
  oldValues,
  entangled,
  valOffset,
  savedByExpression,
  valExpression,
  cfaExpression,
  cfaKinds,
  ...expressionOperations,
  returnAddressSlot,
  plt,
  stackPointer,
  signStateExpression,
  advanceFormsScenario,
  factoredScenario,
  argumentsSize,
];
