/** Counts one more of a symbol. */
export function countSymbol(counts: Map<number, number>, symbol: number): void {
  counts.set(symbol, (counts.get(symbol) ?? 0) + 1);
}

/** The symbols counted at least so often, but no more of them than that, the most frequent ones. */
export function frequentSymbols(counts: ReadonlyMap<number, number>, least: number, most: number): Set<number> {
  const frequent = [...counts].filter(([, count]) => count >= least);
  frequent.sort((a, b) => b[1] - a[1] || a[0] - b[0]);
  return new Set(frequent.slice(0, most).map(([symbol]) => symbol));
}
