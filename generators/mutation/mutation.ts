import type { CfiDirective, Fde } from '../cfi/index.ts';

/** What is done to a directive. */
export const mutationOperators = [
  /** It is left out. */
  'dropped',
  /** It holds from an instruction before its own, or from the one behind it. */
  'earlier',
  'later',
  /** The register the rule is for, the one it names as source, or the base of the CFA is another one. */
  'register',
  'source',
  'base',
  /** The offset is one word more or less, or on the other side of the CFA. */
  'more',
  'less',
  'sign',
  /** `remember_state` and `restore_state` are exchanged. */
  'state',
  /** The state of the return address is the other one. */
  'sign-state',
  /** The CIE says that the return address is in another register. */
  'return-register',
] as const;

export type MutationOperator = (typeof mutationOperators)[number];

/** Call frame information that is wrong in one place. */
export interface CfiMutation {
  readonly operator: MutationOperator;
  /** Number of the FDE. */
  readonly fde: number;
  /** For people: such as `defCfaOffset 16 at +0x4: dropped`, or `offset 16 -8 of the CIE: dropped`. */
  readonly text: string;
  /** The FDE with the fault; where its CIE has it, no other FDE has that CIE. */
  readonly wrong: Fde;
}

/** A directive in one line, such as `offset 3 -16`. */
export function directiveText(directive: CfiDirective): string {
  const operands = Object.entries(directive)
    .filter(([key]) => key !== 'kind')
    .map(([, value]) => (value instanceof Uint8Array ? `[${Array.from(value, byteText).join(' ')}]` : String(value)));
  return [directive.kind, ...operands].join(' ');
}

function byteText(byte: number): string {
  return byte.toString(16).padStart(2, '0');
}
