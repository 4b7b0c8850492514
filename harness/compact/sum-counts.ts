/** Adds counts to counts of the same names; returns the changed sums. */
export function addCounts<Counts extends Record<string, number>>(sums: Counts, more: Readonly<Counts>): Counts {
  const into: Record<string, number> = sums;
  for (const [name, count] of Object.entries(more)) into[name] = (into[name] ?? 0) + count;
  return sums;
}
