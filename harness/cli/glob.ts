/** Whether a name matches a pattern in which `*` stands for any characters and `?` for one. */
export function matches(pattern: string, name: string): boolean {
  const source = pattern
    .replace(/[\\^$.|+()[\]{}]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  return new RegExp(`^${source}$`).test(name);
}

/** The entries whose names match; all of them without a pattern. */
export function select<T extends { readonly name: string }>(entries: readonly T[], pattern: string | undefined): T[] {
  return entries.filter(({ name }) => pattern === undefined || matches(pattern, name));
}
