import type { Encoding } from '../encoding/encoding.ts';
import { linkedEncoding } from './linked-encoding.ts';
import { paged } from './paged/index.ts';
import { g3Encoder } from './x86-64/encode/index.ts';

/** The published layout of descriptors in the published header. */
export const compactG3: Encoding = linkedEncoding({
  name: 'compact-g3',
  description: 'ELF compact unwind as published: descriptors of its third generation, paged',
  form: paged,
  encoders: { 'x86-64': g3Encoder },
});

/** All of ELF compact unwind. */
export const compactEncodings: readonly Encoding[] = [compactG3];
