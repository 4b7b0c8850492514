import { availableParallelism } from 'node:os';

/** Works on several items at a time; promises of the results, in order. */
export function inOrder<Item, Result>(
  items: readonly Item[],
  work: (item: Item) => Promise<Result>,
): Promise<Result>[] {
  const results: Promise<Result>[] = [];
  const parallel = availableParallelism();
  items.forEach((item, i) => {
    const before = results.slice(0, Math.max(0, i - parallel + 1));
    const promise = Promise.all(before).then(() => work(item));
    // Awaited one after the other: one that fails before its turn must not count as unhandled.
    promise.catch(() => {});
    results.push(promise);
  });
  return results;
}
