import { UnwindError } from '../errors.ts';

/** The error of a descriptor that cannot be read: `expectation` completes "expected a descriptor …". */
export function brokenDescriptor(
  kind: 'invalid' | 'unsupported',
  lo: number,
  hi: number,
  expectation: string,
): UnwindError {
  const digits = ((BigInt(hi) << 32n) | BigInt(lo)).toString(16).padStart(16, '0');
  return new UnwindError(kind, '.eh_frame_hdr', -1, `expected a descriptor ${expectation}, found ${digits}`);
}
