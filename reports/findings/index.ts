export { type DescribedKind, findingsMarkdown } from './findings-markdown.ts';
