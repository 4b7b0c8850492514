/**
 * What the judge says of one unwinder at one stop. `missing`: the unwinder says it does not know, and what it did say
 * is right; `error`: it crashed, hung or answered what is no answer.
 */
export type Verdict = 'pass' | 'fail' | 'missing' | 'error';
