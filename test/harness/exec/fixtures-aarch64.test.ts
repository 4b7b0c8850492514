import { testFixtures } from './fixture-reports.ts';

testFixtures('aarch64');
