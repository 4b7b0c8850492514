import { describeScenario } from '../support.ts';

describeScenario('control-flow/noreturn-last');
