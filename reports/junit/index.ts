export { junitXml } from './junit.ts';
