import type { BenchOnStack, BenchReport } from '../record/bench.ts';

/** How a path compares with the base. */
export interface PathChange {
  readonly path: string;
  readonly stack: 'generated' | 'library';
  /** Ratios to the frame-pointer walk. */
  readonly base: number;
  readonly now: number;
  readonly change: number;
  readonly worse: boolean;
}

export interface Comparison {
  readonly passed: boolean;
  readonly margin: number;
  readonly changes: readonly PathChange[];
  /** Paths of the base that were not measured now; each is a failure, as nothing watches them any more. */
  readonly missing: readonly string[];
  /** Paths the base does not know. */
  readonly added: readonly string[];
  /** Cost of the cache hit over the uncached path (`cached` over `header`): reported, never judged. */
  readonly cachedOverUncached: { readonly base: number | undefined; readonly now: number | undefined };
  /** Why library stacks were not compared, where they were not. */
  readonly note: string | undefined;
}

/**
 * Compares what each path costs in units of the frame-pointer walk, never in time: a path fails that has become more
 * than `margin` times as expensive again (0.5 allows one and a half times the base). The stack of generated functions
 * is compared always, that of the library where both are of the same.
 */
export function compareReports(base: BenchReport, now: BenchReport, margin: number): Comparison {
  const sameLibrary = base.library?.name === now.library?.name && base.library?.functions === now.library?.functions;
  const changes: PathChange[] = [];
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
    passed: missing.length === 0 && changes.every(({ worse }) => !worse),
    margin,
    changes,
    missing,
    added: Object.keys(now.paths).filter((path) => base.paths[path] === undefined),
    cachedOverUncached: { base: cachedOverUncached(base), now: cachedOverUncached(now) },
    note: sameLibrary
      ? undefined
      : 'the library is another one than the base was measured with: its stack is not compared',
  };
}

function change(
  path: string,
  stack: PathChange['stack'],
  base: BenchOnStack,
  now: BenchOnStack,
  margin: number,
): PathChange {
  const factor = now.ratio / base.ratio;
  return { path, stack, base: base.ratio, now: now.ratio, change: factor - 1, worse: factor > 1 + margin };
}

export function cachedOverUncached({ paths }: BenchReport): number | undefined {
  const { cached, header } = paths;
  if (cached === undefined || header === undefined) return undefined;
  return header.stacks.generated.ratio / cached.stacks.generated.ratio;
}
