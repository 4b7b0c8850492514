import type { Scenario } from '../scenario.ts';
import { nullCallScenario, wildCallScenario } from './bad-call.ts';
import { deliveredScenarios } from './delivered.ts';
import { frameScenarios } from './frames.ts';
import { nestingScenarios } from './nesting.ts';
import { oldVdso } from './old-vdso.ts';
import { interruptionScenarios } from './places-of-interruption.ts';
import { registerScenarios } from './registers.ts';

/** Signals, delivered as the kernel does. */
export const signalScenarios: readonly Scenario[] = [
  ...deliveredScenarios,
  ...frameScenarios,
  ...nestingScenarios,
  ...registerScenarios,
  ...interruptionScenarios,
  nullCallScenario,
  wildCallScenario,
  oldVdso,
];
