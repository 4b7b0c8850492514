import type { Encoding } from '../encoding/encoding.ts';
import { extendedEncoder as aarch64Extended } from './aarch64/encode/index.ts';
import { linkedEncoding } from './linked-encoding.ts';
import { objectEncoding } from './object-encoding.ts';
import { plainCoding } from './object-form/index.ts';
import { packedCoding } from './packed-object/index.ts';
import { paged } from './paged/index.ts';
import { streamForm } from './stream/index.ts';
import { g2Encoder, g3Encoder, extendedEncoder as x86Extended } from './x86-64/encode/index.ts';

const extended = { 'x86-64': x86Extended, aarch64: aarch64Extended };

/** ELF compact unwind information in all its forms. */
export const compactEncodings: readonly Encoding[] = [
  linkedEncoding({
    name: 'compact-g3',
    description: 'ELF compact unwind as published: descriptors of the third generation, in pages',
    form: paged,
    encoders: { 'x86-64': g3Encoder },
  }),
  linkedEncoding({
    name: 'compact',
    description: 'ELF compact unwind, our extension of the descriptors, in the published pages',
    form: paged,
    encoders: extended,
  }),
  linkedEncoding({
    name: 'compact-stream',
    description: 'ELF compact unwind, our extension of the descriptors, as a stream with an index',
    form: streamForm,
    encoders: extended,
  }),
  objectEncoding({
    name: 'compact-objects',
    description:
      'ELF compact unwind as objects have it: published descriptors, of the second generation, in FDEs marked with C',
    encoders: { 'x86-64': g2Encoder },
    coding: plainCoding,
  }),
  objectEncoding({
    name: 'compact-packed-objects',
    description: 'ELF compact unwind in objects, our extension: descriptors of few bytes in FDEs marked with K',
    encoders: extended,
    coding: packedCoding,
  }),
];
