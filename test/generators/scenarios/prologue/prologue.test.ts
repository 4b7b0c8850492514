import { prologueScenarios } from '../../../../generators/scenarios/prologue/index.ts';
import { describeScenario } from '../support.ts';

for (const { name } of prologueScenarios) describeScenario(name);
