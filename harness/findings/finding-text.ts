import { plural } from '../../reports/plural.ts';
import { labelled } from '../../reports/terminal/index.ts';
import type { ExecFinding, InstructionPlace, ProposedChange } from './finding.ts';
import { kindsOfExecFindings } from './kinds.ts';

/** A finding for a terminal. */
export function findingLines(finding: ExecFinding, width: number): string[] {
  const { kind, function: name, offset, address, instruction, row, truth, changes } = finding;
  const at = `${address}${instruction === '' ? '' : `: ${instruction}`}`;
  const others = finding.instructions > 1 ? `; ${plural(finding.instructions, 'instruction')} in all` : '';
  return [
    `${kind}: ${name}+0x${offset.toString(16)}: ${kindsOfExecFindings[kind].title}`,
    ...labelled('  at     ', `before ${at}${others}`, width),
    ...labelled('  row    ', row === '' ? 'none' : row, width),
    ...truth.flatMap((one, i) => labelled(i === 0 ? '  truth  ' : '         ', one, width)),
    ...changes.flatMap((change) => labelled('  mend   ', changeText(change), width)),
  ];
}

/** A finding in sentences, for reports that have one text for each. */
export function findingSentences(finding: ExecFinding): string[] {
  const { kind, offset, row, truth, changes, instruction } = finding;
  const at = `${finding.function}+0x${offset.toString(16)}${instruction === '' ? '' : ` (before ${instruction})`}`;
  return [
    `${at}: ${kindsOfExecFindings[kind].title}.`,
    row === '' ? 'There is no row.' : `The row is ${row}.`,
    ...truth.map((one) => `In the execution, ${one}.`),
    ...changes.map((change) => `To mend it, ${changeText(change)}.`),
    `To blame: ${finding.blame} (${finding.reason}).`,
  ];
}

/** What to do, such as `after 0x401000 (push rbx): add .cfi_adjust_cfa_offset 8`. */
export function changeText({ action, place, directive, instead, from }: ProposedChange): string {
  const where = placeText(place);
  switch (action) {
    case 'add':
      return `${where}: add ${directive}`;
    case 'move':
      return `${where}: move ${instead} here, from ${placeText(from)}`;
    case 'replace':
      return `${where}: ${directive} instead of ${instead}`;
    case 'remove':
      return `${where}: remove ${instead}`;
  }
}

function placeText(place?: InstructionPlace): string {
  if (place?.after === undefined) return 'at the start of the function';
  return `after ${place.after.address} (${place.after.text})`;
}
