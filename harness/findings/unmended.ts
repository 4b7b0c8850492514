import type { NewFinding } from './finding.ts';
import type { ExecFindingKind } from './kinds.ts';
import type { PlacedFailure } from './make-findings.ts';

/** The finding of failures that no change of directives explains: the same failure in one or more modes. */
export function failureFinding(failures: readonly PlacedFailure[]): NewFinding {
  const [{ failure, cfi }] = failures as readonly [PlacedFailure];
  const { blame, reason, row, functionStart, lookups } = failure;
  const address = lookups[0] ?? functionStart;
  const offset = Number(BigInt(address) - BigInt(functionStart));
  const isBare = row === '' && cfi === undefined && blame !== 'engine';
  const kind: ExecFindingKind = blame === 'engine' ? 'engine-fault' : isBare ? 'no-row' : 'unexplained-row';
  return {
    kind,
    function: failure.function,
    section: failure.section,
    address,
    offset,
    instruction: '',
    row,
    truth: [],
    changes: isBare ? [{ action: 'add', place: { offset: 0 }, directive: '.cfi_startproc' }] : [],
    instructions: new Set(failures.flatMap((one) => one.failure.lookups)).size,
    verdicts: failures.reduce((sum, one) => sum + one.failure.count, 0),
    unwinders: [...new Set(failures.map((one) => one.failure.unwinder))],
    example: failure.example.message,
    blame,
    reason,
  };
}
