export { type Cell, layOut } from './columns.ts';
export { type Progress, startProgress } from './progress.ts';
export { terminalReport } from './report.ts';
export { type Style, styleFor } from './style.ts';
export { summaryTable } from './summary-table.ts';
