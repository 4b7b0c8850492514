export { powerText } from './power-text.ts';
