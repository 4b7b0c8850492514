import { createHash } from 'node:crypto';

/** What tells a finding from others in every build of the same source. */
export interface Fingerprinted {
  readonly kind: string;
  /** The function, or the place of one without a symbol in its section. */
  readonly function: string;
  /** What exactly is wrong, without addresses: the row, the directives. */
  readonly what: readonly string[];
}

/**
 * A fingerprint for each finding that stays the same when code before it grows: of the function's name, the kind and what
 * is wrong. Findings that are alike in all of that are numbered.
 */
export function fingerprints(findings: readonly Fingerprinted[]): string[] {
  const seen = new Map<string, number>();
  return findings.map(({ kind, function: name, what }) => {
    const text = [kind, name, ...what].join('\0');
    const number = (seen.get(text) ?? 0) + 1;
    seen.set(text, number);
    return createHash('sha256').update(`${text}\0${number}`).digest('hex').slice(0, 32);
  });
}

/** A text without the addresses in it. */
export function withoutAddresses(text: string): string {
  return text.replace(/0x[0-9a-f]+/g, '0x…');
}
