export { type SurveyLines, seenText, surveyText } from './survey-text.ts';
