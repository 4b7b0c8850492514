/** What the set-up step offers to commands; only those that execute programs need it. */
export interface CommandContext {
  /** Makes Unicorn's library available to this process and its children, fetching it where need be; throws if it cannot. */
  provideUnicorn(): void;
}
