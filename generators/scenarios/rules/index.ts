import type { Scenario } from '../scenario.ts';
import { argumentsSize } from './arguments-size.ts';
import { cfaExpression } from './cfa-expression.ts';
import { oldValues } from './old-values.ts';
import { plt } from './plt.ts';
import { register } from './register.ts';
import { advanceFormsScenario, factoredScenario } from './respelled.ts';
import { restoreWithoutInitial } from './restore.ts';
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
  oldValues,
  valOffset,
  savedByExpression,
  valExpression,
  cfaExpression,
  plt,
  stackPointer,
  signStateExpression,
  advanceFormsScenario,
  factoredScenario,
  argumentsSize,
];
