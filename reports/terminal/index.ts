export { type Cell, layOut } from './columns.ts';
export { type Progress, type Steps, startClock, startProgress, startSteps } from './progress.ts';
export { terminalReport } from './report.ts';
export { type Style, styleFor, terminalWidth } from './style.ts';
export { summaryTable } from './summary-table.ts';
export { labelled, wrap } from './wrap.ts';
