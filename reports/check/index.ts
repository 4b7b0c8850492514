export { checkText } from './check-text.ts';
