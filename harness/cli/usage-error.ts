/** The command line, or a file it names, cannot be used as given: exit status 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}
