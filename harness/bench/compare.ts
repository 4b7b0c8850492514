import type { BenchComparisonWithBase, BenchOnStack, BenchPathChange, BenchReport } from '../record/bench.ts';

/**
 * Compares what each path costs in units of the frame-pointer walk, never in time: a path fails that costs more than
 * `margin` more than in the base (0.5 allows one and a half times as much). The stack of generated functions is
 * compared always, that of the library where both are of the same.
 */
export function compareReports(base: BenchReport, now: BenchReport, margin: number): BenchComparisonWithBase {
  const sameLibrary = base.library?.name === now.library?.name && base.library?.functions === now.library?.functions;
  const changes: BenchPathChange[] = [];
  const missing: string[] = [];
  for (const [path, before] of Object.entries(base.paths)) {
    const after = now.paths[path];
    if (after === undefined) {
      missing.push(path);
      continue;
    }
    changes.push(change(path, 'generated', before.stacks.generated, after.stacks.generated, margin));
    if (sameLibrary && before.stacks.library !== undefined && after.stacks.library !== undefined) {
      changes.push(change(path, 'library', before.stacks.library, after.stacks.library, margin));
    }
  }
  return {
    // A base without paths would let everything pass.
    passed: changes.length > 0 && missing.length === 0 && changes.every(({ worse }) => !worse),
    margin,
    changes,
    missing,
    added: Object.keys(now.paths).filter((path) => base.paths[path] === undefined),
    uncachedOverCached: { base: uncachedOverCached(base), now: uncachedOverCached(now) },
    ...(!sameLibrary && { note: 'the base was measured with another library, whose stack is not compared' }),
  };
}

function change(
  path: string,
  stack: BenchPathChange['stack'],
  base: BenchOnStack,
  now: BenchOnStack,
  margin: number,
): BenchPathChange {
  const factor = now.ratio / base.ratio;
  return { path, stack, base: base.ratio, now: now.ratio, change: factor - 1, worse: !(factor <= 1 + margin) };
}

function uncachedOverCached({ paths }: BenchReport): number | undefined {
  const { cached, header } = paths;
  if (cached === undefined || header === undefined) return undefined;
  return header.stacks.generated.ratio / cached.stacks.generated.ratio;
}
