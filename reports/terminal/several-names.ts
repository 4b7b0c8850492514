/** Unwinders that agree: the first, and how many more there are. */
export function severalNames(names: readonly string[]): string {
  return names.length === 1 ? names[0]! : `${names[0]} +${names.length - 1}`;
}
