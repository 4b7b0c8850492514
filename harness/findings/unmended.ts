import type { NewFinding } from './finding.ts';
import type { ExecFindingKind } from './kinds.ts';
import type { PlacedFailure } from './make-findings.ts';

/**
 * Failures that no change of directives explains, by what is one finding: whatever fails in a function without FDE, with
 * a row, or in one way through the engine's fault, in all of the engine's modes.
 */
export function joinUnmended(failures: readonly PlacedFailure[]): PlacedFailure[][] {
  const joined = new Map<string, PlacedFailure[]>();
  for (const one of failures) {
    const { module, functionStart, row, divergence } = one.failure;
    const kind = kindOf(one);
    const what = kind === 'engine-fault' ? [row, divergence] : kind === 'unexplained-row' ? [row] : [];
    const key = [kind, module, functionStart, ...what].join('\0');
    const same = joined.get(key);
    if (same === undefined) joined.set(key, [one]);
    else same.push(one);
  }
  return [...joined.values()];
}

/** The finding of failures that `joinUnmended` has joined; the producer is blamed where one of them shows that. */
export function failureFinding(failures: readonly PlacedFailure[]): NewFinding {
  const known = failures.find(({ failure }) => failure.blame === 'producer') ?? failures[0]!;
  const { failure } = known;
  const { blame, reason, row, functionStart } = failure;
  const lookups = new Set(failures.flatMap((one) => one.failure.lookups));
  const address = [...lookups].reduce((a, b) => (BigInt(b) < BigInt(a) ? b : a), failure.lookups[0] ?? functionStart);
  const kind = kindOf(known);
  const isLinked = linkedSection.test(failure.function);
  return {
    kind,
    function: failure.function,
    module: failure.module,
    section: failure.section,
    address,
    offset: Number(BigInt(address) - BigInt(functionStart)),
    instruction: '',
    row,
    truth: [],
    changes:
      kind === 'no-row' && !isLinked ? [{ action: 'add', place: { offset: 0 }, directive: '.cfi_startproc' }] : [],
    instructions: lookups.size,
    verdicts: failures.reduce((sum, one) => sum + one.failure.count, 0),
    unwinders: [...new Set(failures.map((one) => one.failure.unwinder))],
    example: failure.example.message,
    blame,
    reason: kind === 'no-row' && isLinked ? `${reason}; the linker makes this code: no directive covers it` : reason,
  };
}

/** Procedure linkage tables; code without symbol and row is called by its section. */
const linkedSection = /^\.i?plt(\.|$)/;

function kindOf({ failure: { blame, row, lookups }, cfi }: PlacedFailure): ExecFindingKind {
  if (blame === 'engine') return 'engine-fault';
  // Refused as a whole, before any row was looked up.
  if (lookups.length === 0) return 'unusable-row';
  return row === '' && cfi === undefined ? 'no-row' : 'unexplained-row';
}
