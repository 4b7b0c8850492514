/** Condition codes, in the order of their encoding. */
const conditions = ['eq', 'ne', 'cs', 'cc', 'mi', 'pl', 'vs', 'vc', 'hi', 'ls', 'ge', 'lt', 'gt', 'le'] as const;

/** A condition as assemblers write it; `al` and `nv` are left out, as they have no inverse. */
export type Condition = (typeof conditions)[number];

/** The four bits of a condition; its inverse differs in the lowest. */
export function conditionCode(condition: Condition): number {
  return conditions.indexOf(condition);
}
