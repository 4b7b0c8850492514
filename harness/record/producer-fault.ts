import { z } from 'zod';

const count = z.int().nonnegative();

/**
 * One line per unwinder, program and row that is wrong as it is known to be: the call frame information of a compiled
 * program contradicts the execution, and so does whatever follows it. These stops have no verdict.
 */
export const producerFaultLine = z.strictObject({
  kind: z.literal('producer-fault'),
  architecture: z.enum(['x86-64', 'aarch64']),
  scenario: z.string(),
  program: count,
  unwinder: z.string(),
  /** The function whose row it is. */
  function: z.string(),
  row: z.string(),
  /** Names what the compiler does wrong; the list of known faults beside the compiled programs describes it. */
  fault: z.string(),
  /** Distinct addresses at which the row is wrong. */
  pcs: z.array(z.string().regex(/^0x[0-9a-f]+$/)),
  /** Stops. */
  count,
});

export type ProducerFaultLine = z.infer<typeof producerFaultLine>;
