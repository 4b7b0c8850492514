import { deflateRawSync, inflateRawSync } from 'node:zlib';
import type { FunctionEvidence } from '../findings/index.ts';

/** What stops showed, as small as a journal can have it: nearly the same is true at one instruction after the other. */
export function packEvidence(evidence: readonly FunctionEvidence[]): string {
  return deflateRawSync(JSON.stringify(evidence)).toString('base64');
}

export function unpackEvidence(packed: string): readonly FunctionEvidence[] {
  return JSON.parse(inflateRawSync(Buffer.from(packed, 'base64')).toString()) as readonly FunctionEvidence[];
}
