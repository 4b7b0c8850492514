import { testFixtures } from './fixture-reports.ts';

testFixtures('x86-64');
