export { compactSumText, compactText } from './compact-text.ts';
