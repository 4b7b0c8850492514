export { surveyText } from './survey-text.ts';
