export { benchText } from './bench-text.ts';
export { comparisonText } from './comparison-text.ts';
