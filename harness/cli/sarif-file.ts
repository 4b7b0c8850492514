import { type SarifFinding, sarifLog } from '../../reports/sarif/index.ts';
import type { KindOfFinding } from '../check/index.ts';
import { packageVersion } from '../package-folder.ts';
import { writeOutput } from './output-file.ts';

/** A finding as commands have it; `known` is absent where nothing was compared. */
type FoundInFile = SarifFinding & { readonly known?: boolean | undefined };

/** Writes findings as SARIF; with `isCompared`, each says whether it is new. Throws `UsageError` where it cannot. */
export function writeSarif(
  file: string,
  kinds: Readonly<Record<string, KindOfFinding>>,
  findings: readonly FoundInFile[],
  isCompared: boolean,
): void {
  const rules = Object.entries(kinds).map(([id, kind]) => ({ id, ...kind }));
  const results = findings.map((finding) => ({
    ...finding,
    ...(isCompared && { baselineState: finding.known ? ('unchanged' as const) : ('new' as const) }),
  }));
  writeOutput(file, `${JSON.stringify(sarifLog(packageVersion(), rules, results), null, 2)}\n`);
}
