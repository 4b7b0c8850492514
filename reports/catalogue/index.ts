export { byGroup } from './groups.ts';
export { catalogueHtml } from './html.ts';
export { catalogueMarkdown } from './markdown.ts';
