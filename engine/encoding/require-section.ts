import { UnwindError } from '../errors.ts';
import type { EncodedSection } from './encoding.ts';

/** The section of a name. Throws `UnwindError` (`missing`) where there is none. */
export function requireSection(sections: readonly EncodedSection[], name: string): EncodedSection {
  const found = sections.find((section) => section.name === name);
  if (found === undefined) throw new UnwindError('missing', name, -1, 'expected this section');
  return found;
}
