import { describeScenario } from './support.ts';

describeScenario('damage/missing-fde');
describeScenario('damage/two-frame-cycle');
describeScenario('damage/wild-cfa');
