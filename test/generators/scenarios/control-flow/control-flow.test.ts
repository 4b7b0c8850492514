import { controlFlowScenarios } from '../../../../generators/scenarios/control-flow/index.ts';
import { describeScenario } from '../support.ts';

for (const { name } of controlFlowScenarios) describeScenario(name, 2);
