import type { Architecture } from '../../engine/architecture/index.ts';
import type { CfiDirective } from '../cfi/index.ts';
import type { MutationOperator } from './mutation.ts';

/** What a directive may be replaced by; several in a row where it is doubled. */
export interface Replacement {
  readonly operator: MutationOperator;
  readonly by: readonly CfiDirective[];
}

const DW_OP_plus_uconst = 0x23;
/** One slot of the stack; a multiple of every data alignment factor in use. */
const word = 8;

/** Every way in which an operand of a directive can be wrong. */
export function wrongDirectives(directive: CfiDirective, architecture: Architecture): Replacement[] {
  const replacements: Replacement[] = [];
  const add = (operator: MutationOperator, ...by: CfiDirective[]) => replacements.push({ operator, by });
  switch (directive.kind) {
    case 'defCfa':
    case 'defCfaSf': {
      const { register, offset } = directive;
      add('base', { ...directive, register: otherBase(register, architecture) });
      add('more', { ...directive, offset: offset + word });
      add('less', { kind: 'defCfaSf', register, offset: offset - word });
      if (offset !== 0) add('sign', { kind: 'defCfaSf', register, offset: -offset });
      break;
    }
    case 'defCfaRegister':
      add('base', { ...directive, register: otherBase(directive.register, architecture) });
      break;
    case 'defCfaOffset':
    case 'defCfaOffsetSf': {
      const { offset } = directive;
      add('more', { ...directive, offset: offset + word });
      add('less', { kind: 'defCfaOffsetSf', offset: offset - word });
      if (offset !== 0) add('sign', { kind: 'defCfaOffsetSf', offset: -offset });
      break;
    }
    case 'defCfaExpression':
      add('more', { ...directive, expression: movedBy(directive.expression) });
      break;
    case 'offset':
    case 'offsetExtended':
    case 'offsetExtendedSf':
    case 'gnuNegativeOffsetExtended':
      addOffsets(directive, 'offsetExtendedSf', architecture, add);
      break;
    case 'valOffset':
    case 'valOffsetSf':
      addOffsets(directive, 'valOffsetSf', architecture, add);
      break;
    case 'register':
      add('register', { ...directive, register: otherRegister(directive.register, architecture) });
      add('source', { ...directive, source: otherRegister(directive.source, architecture) });
      break;
    case 'expression':
    case 'valExpression':
      add('register', { ...directive, register: otherRegister(directive.register, architecture) });
      add('more', { ...directive, expression: movedBy(directive.expression) });
      break;
    case 'restore':
    case 'restoreExtended':
    case 'undefined':
    case 'sameValue':
      add('register', { ...directive, register: otherRegister(directive.register, architecture) });
      break;
    case 'rememberState':
      add('state', { kind: 'restoreState' });
      break;
    case 'restoreState':
      add('state', { kind: 'rememberState' });
      break;
    case 'negateRaState':
      add('sign-state', directive, directive);
      break;
    case 'setRaState':
      add('sign-state', { ...directive, state: directive.state === 0 ? 1 : 0 });
      break;
    default:
      break;
  }
  return replacements;
}

function addOffsets(
  directive: Extract<CfiDirective, { register: number; offset: number }>,
  kind: 'offsetExtendedSf' | 'valOffsetSf',
  architecture: Architecture,
  add: (operator: MutationOperator, by: CfiDirective) => void,
): void {
  const { register, offset } = directive;
  add('register', { kind, register: otherRegister(register, architecture), offset });
  add('more', { kind, register, offset: offset + word });
  add('less', { kind, register, offset: offset - word });
  if (offset !== 0) add('sign', { kind, register, offset: -offset });
}

/** The callee-saved register behind this one in the architecture's order; the first for registers that are none. */
export function otherRegister(register: number, { calleeSaved, columnToDwarf }: Architecture): number {
  const all = calleeSaved.map((column) => columnToDwarf[column]!);
  return all[(all.indexOf(register) + 1) % all.length]!;
}

/** SP for other bases, the frame pointer for SP. */
function otherBase(register: number, { sp, fp, columnToDwarf }: Architecture): number {
  return columnToDwarf[register === columnToDwarf[sp] ? fp : sp]!;
}

function movedBy(expression: Uint8Array): Uint8Array {
  return Uint8Array.of(...expression, DW_OP_plus_uconst, word);
}
