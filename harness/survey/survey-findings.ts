import type { AttributedFailure, Attributors } from '../exec/index.ts';
import { explainFailures, type FunctionEvidence } from '../findings/index.ts';
import type { LoadedImage } from '../loader/image.ts';
import type { SurveyFindings } from '../record/survey.ts';
import { unpackEvidence } from './packed-evidence.ts';
import type { FunctionResult } from './result.ts';

/** A function that was called, with what failed in it. */
export interface CalledFunction {
  readonly name: string;
  readonly result: FunctionResult | undefined;
  readonly failures: readonly AttributedFailure[];
}

/** What is wrong with an image, made from all calls of a survey together. */
export function surveyFindings(
  image: LoadedImage,
  called: readonly CalledFunction[],
  attributors: Attributors,
): SurveyFindings {
  const callerOf = new Map(called.flatMap(({ name, failures }) => failures.map((failure) => [failure, name] as const)));
  const explained = explainFailures({
    image,
    failures: [...callerOf.keys()],
    evidence: evidenceOf(called),
    attribute: (failure) => attributors.attribute(failure),
  });
  const sum = (what: 'callsLeft' | 'functionsLeft'): number =>
    called.reduce((all, { result }) => all + (result?.evidence?.[what] ?? 0), 0);
  return {
    kind: 'findings',
    findings: explained.map(({ finding, failures }) => ({
      ...finding,
      stops: mostStops(failures),
      called: [...new Set(failures.map((failure) => callerOf.get(failure)!))],
    })),
    left: { calls: sum('callsLeft'), functions: sum('functionsLeft') },
  };
}

/** One function after the other: together they may not fit in memory. */
function* evidenceOf(called: readonly CalledFunction[]): Generator<FunctionEvidence> {
  for (const { result } of called) {
    if (result?.evidence !== undefined) yield* unpackEvidence(result.evidence.packed);
  }
}

function mostStops(failures: readonly AttributedFailure[]): number {
  const byUnwinder = new Map<string, number>();
  for (const { unwinder, count } of failures) byUnwinder.set(unwinder, (byUnwinder.get(unwinder) ?? 0) + count);
  return Math.max(...byUnwinder.values());
}
