export { isSound, type LibrarySurvey, librariesText } from './libraries-text.ts';
export { type SurveyLines, seenText, surveyText } from './survey-text.ts';
