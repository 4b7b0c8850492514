import { tailDuplicationScenarios } from '../../../../generators/scenarios/tail-duplication/index.ts';
import { describeScenario } from '../support.ts';

for (const { name } of tailDuplicationScenarios) describeScenario(name, 2);
