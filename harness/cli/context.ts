import type { WithPackages } from '../package-source.ts';

/** What the set-up step offers to commands. */
export interface CommandContext {
  /** Makes Unicorn's library available to this process and its children, fetching it where need be; throws if it cannot. */
  provideUnicorn(): void;
  /** Fetches Debian's packages; undefined where this system has none. */
  readonly withPackages?: WithPackages | undefined;
}
