export { compactText } from './compact-text.ts';
