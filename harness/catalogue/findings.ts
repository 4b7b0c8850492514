import { type DescribedKind, findingsMarkdown } from '../../reports/findings/index.ts';
import { type KindOfFinding, kindsOfFindings } from '../check/index.ts';
import { kindsOfExecFindings } from '../findings/index.ts';

/** Where the page of all kinds of findings is kept. */
export const findingsFile = 'FINDINGS.md';

export function findingsPage(): string {
  return findingsMarkdown(described(kindsOfExecFindings), described(kindsOfFindings));
}

function described(kinds: Readonly<Record<string, KindOfFinding>>): DescribedKind[] {
  return Object.entries(kinds).map(([name, kind]) => ({ name, ...kind }));
}
