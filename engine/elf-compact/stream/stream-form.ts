import type { LinkedForm } from '../linked-form.ts';
import { StreamIndex } from './read.ts';
import { writeStream } from './write.ts';

/** Our own form: blocks of bits behind a skip index. Smaller than the paged form; the layout is described in FORMAT.md. */
export const streamForm: LinkedForm = {
  write: writeStream,
  open: (bytes) => new StreamIndex(bytes),
};
