import type { Stack } from '../../program.ts';
import type { Random } from '../../random.ts';

export const alternateName = 'alternate';

/** A stack of its own for handlers, far from the others. */
export function alternateStack(random: Random): Stack {
  const start = 0x7f00_0000_0000n + BigInt(random.derive(alternateName).below(0x10000)) * 0x1000n;
  return { name: alternateName, start, size: 0x8000, behind: 'nobody' };
}
