import { type ExecFinding, findingSentences, kindsOfExecFindings } from '../findings/index.ts';
import type { LoadedImage } from '../loader/image.ts';
import { moduleLabel } from '../loader/module-at.ts';
import type { Comparison, FindingFlags } from './baseline.ts';
import { writeSarif } from './sarif-file.ts';

/** Whether findings are held against known ones, or are to be the known ones. */
export function isCompared({ baseline, writeBaseline }: FindingFlags): boolean {
  return baseline !== undefined || writeBaseline !== undefined;
}

/** Writes the SARIF file that is asked for; `file` is the image's main file, as the command line names it. */
export function writeFindings<Finding extends ExecFinding>(
  flags: FindingFlags,
  file: string,
  { modules }: LoadedImage,
  findings: readonly Finding[],
  { known }: Comparison,
  details: (finding: Finding) => readonly string[] = () => [],
): void {
  if (flags.sarif === undefined) return;
  const main = moduleLabel(modules[0]!);
  const fileOf = ({ module }: Finding): string =>
    module === main ? file : (modules.find((one) => moduleLabel(one) === module)?.name ?? file);
  const found = findings.map((finding) => ({
    rule: finding.kind,
    message: [...findingSentences(finding), ...details(finding)].join(' '),
    file: fileOf(finding),
    section: finding.section,
    address: finding.address,
    function: finding.function,
    fingerprint: finding.fingerprint,
    known: known.has(finding.fingerprint),
  }));
  writeSarif(flags.sarif, kindsOfExecFindings, found, flags.baseline !== undefined);
}
